namespace Hatcheck.Crypto;

/// <summary>
/// A key-encryption key (KEK), which wraps data keys. An implementation holds the key itself (<see cref="LocalKeys"/>) or
/// calls a key service. All members are thread-safe.
/// </summary>
public interface IKeyEncryptionKey : IDisposable
{
    /// <summary>
    /// Names the key: stored beside every key that it wrapped, and bound into it. Reveals nothing about the key.
    /// </summary>
    string Id { get; }

    /// <summary>Where the key comes from, for logs and for <c>hatcheck doctor</c>. Never the key.</summary>
    string Describe();

    /// <summary>Wraps a key of 1 to 1,024 bytes; two calls never return the same bytes.</summary>
    ValueTask<byte[]> WrapAsync(SecretBytes key, WrapContext context, CancellationToken cancellation = default);

    /// <summary>Unwraps a key; the caller disposes it.</summary>
    /// <exception cref="CannotOpenException">Another key, another context, or changed bytes.</exception>
    ValueTask<SecretBytes> UnwrapAsync(
        ReadOnlyMemory<byte> wrapped,
        WrapContext context,
        CancellationToken cancellation = default
    );

    /// <summary>
    /// Rewraps under this key what <paramref name="from"/> wrapped; the wrapped key itself stays the same.
    /// </summary>
    /// <exception cref="CannotOpenException"><paramref name="from"/> cannot unwrap it.</exception>
    ValueTask<byte[]> RewrapAsync(
        ReadOnlyMemory<byte> wrapped,
        WrapContext context,
        IKeyEncryptionKey from,
        CancellationToken cancellation = default
    );
}

/// <summary>Owner and purpose of a wrapped key; it opens in its own context only.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="User">The user; <see cref="Guid.Empty"/> for a tenant's own key.</param>
/// <param name="Purpose">One of <see cref="KeyPurpose"/>, or another label of 1 to 64 ASCII characters.</param>
/// <param name="Version">The version of the wrapped key.</param>
public readonly record struct WrapContext(Guid Tenant, Guid User, string Purpose, int Version);

/// <summary>The purpose of a wrapped key. Part of the wrap, so that a key never serves another purpose.</summary>
public static class KeyPurpose
{
    /// <summary>A user's data key (DEK).</summary>
    public const string Data = "data";

    /// <summary>A user's audit key, destroyed with the user but never rotated.</summary>
    public const string Audit = "audit";

    /// <summary>A tenant's blind-index key.</summary>
    public const string Index = "index";

    /// <summary>A tenant's key for keyed hashes of idempotency, deduplication and caches.</summary>
    public const string Lookup = "lookup";

    /// <summary>A tenant's day key for data that arrives before the user is known.</summary>
    public const string Side = "side";
}

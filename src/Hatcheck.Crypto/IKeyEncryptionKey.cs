namespace Hatcheck.Crypto;

/// <summary>
/// A key-encryption key (KEK), which wraps data keys. Implementations may hold it themselves (<see cref="LocalKeys"/>) or
/// ask a key service. All members may be called by several threads at once.
/// </summary>
public interface IKeyEncryptionKey : IDisposable
{
    /// <summary>
    /// Names the key: stored beside everything that it wrapped, and bound into it. Tells nothing about the key.
    /// </summary>
    string Id { get; }

    /// <summary>Where the key comes from, for logs and for <c>hatcheck doctor</c>. Never the key.</summary>
    string Describe();

    /// <summary>Wraps a key of 1 to 1,024 bytes; two calls never give the same bytes.</summary>
    ValueTask<byte[]> WrapAsync(SecretBytes key, WrapContext context, CancellationToken cancellation = default);

    /// <summary>Unwraps; the caller disposes what it gets.</summary>
    /// <exception cref="CannotOpenException">Another key, another context, or changed bytes.</exception>
    ValueTask<SecretBytes> UnwrapAsync(
        ReadOnlyMemory<byte> wrapped,
        WrapContext context,
        CancellationToken cancellation = default
    );

    /// <summary>
    /// Wraps anew, under this key, what <paramref name="from"/> wrapped; the wrapped key itself stays the same.
    /// </summary>
    /// <exception cref="CannotOpenException"><paramref name="from"/> cannot unwrap it.</exception>
    ValueTask<byte[]> RewrapAsync(
        ReadOnlyMemory<byte> wrapped,
        WrapContext context,
        IKeyEncryptionKey from,
        CancellationToken cancellation = default
    );
}

/// <summary>Whose key is wrapped, and for what; a wrapped key opens in its own context only.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="User">The person; <see cref="Guid.Empty"/> for a tenant's own key.</param>
/// <param name="Purpose">One of <see cref="KeyPurpose"/>, or another label of 1 to 64 ASCII characters.</param>
/// <param name="Version">The version of the wrapped key.</param>
public readonly record struct WrapContext(Guid Tenant, Guid User, string Purpose, int Version);

/// <summary>What a wrapped key is for. Part of the wrap, so that a key never serves another purpose than its own.</summary>
public static class KeyPurpose
{
    /// <summary>A person's data key (DEK).</summary>
    public const string Data = "data";

    /// <summary>A person's audit key, destroyed with the person but never rotated.</summary>
    public const string Audit = "audit";

    /// <summary>A tenant's blind-index key.</summary>
    public const string Index = "index";

    /// <summary>A tenant's key for keyed hashes of idempotency, dedup and caches.</summary>
    public const string Lookup = "lookup";

    /// <summary>A tenant's day key for what arrives before the person is known.</summary>
    public const string Side = "side";
}

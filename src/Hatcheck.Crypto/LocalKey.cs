using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>
/// A key-encryption key held in memory: AES-256-GCM, wrapped form <c>1 ‖ nonce(12) ‖ ciphertext ‖ tag(16)</c>. Nonces are
/// random, so one key must not wrap more than 2^32 times (NIST SP 800-38D §8.3): rotate it long before.
/// </summary>
internal sealed class LocalKey : IKeyEncryptionKey
{
    public const int Length = 32;

    private const byte FormatVersion = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int HeaderLength = 1 + NonceLength;
    private const int Overhead = HeaderLength + TagLength;
    private const int MaxKeyLength = 1024;
    private const int MaxAad =
        (2 * LengthPrefixed.GuidLength)
        + LengthPrefixed.PrefixLength
        + 4
        + (2 * (LengthPrefixed.PrefixLength + LengthPrefixed.MaxLabel));

    private readonly Lock gate = new();
    private readonly SecretBytes wrapping;
    private readonly string source;

    /// <summary>Copies the 32 bytes of <paramref name="key"/>; <paramref name="source"/> describes their origin.</summary>
    public LocalKey(ReadOnlySpan<byte> key, string source)
    {
        this.source = source;
        Id = IdOf(key);
        Span<byte> derived = stackalloc byte[Length];
        HKDF.Expand(HashAlgorithmName.SHA256, key, derived, "hatcheck kek wrap v1"u8);
        wrapping = new SecretBytes(derived);
        CryptographicOperations.ZeroMemory(derived);
    }

    public string Id { get; }

    /// <summary>A one-way id of the key, so that a wrong key is noticed before anything is unwrapped.</summary>
    public static string IdOf(ReadOnlySpan<byte> key)
    {
        Span<byte> id = stackalloc byte[16];
        HKDF.Expand(HashAlgorithmName.SHA256, key, id, "hatcheck kek id v1"u8);
        return $"local-{Convert.ToHexStringLower(id)}";
    }

    public string Describe() => $"{source}, id {Id}";

    public override string ToString() => Describe();

    public ValueTask<byte[]> WrapAsync(SecretBytes key, WrapContext context, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var plain = key.Reveal();
        if (plain.Length is 0 or > MaxKeyLength)
            throw new ArgumentException($"A key to wrap has 1 to {MaxKeyLength} bytes.", nameof(key));
        var wrapped = new byte[plain.Length + Overhead];
        wrapped[0] = FormatVersion;
        var nonce = wrapped.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> aad = stackalloc byte[MaxAad];
        using var gcm = Cipher();
        gcm.Encrypt(nonce, plain, wrapped.AsSpan(HeaderLength..^TagLength), wrapped.AsSpan(^TagLength..), Aad(aad, context));
        return ValueTask.FromResult(wrapped);
    }

    public ValueTask<SecretBytes> UnwrapAsync(
        ReadOnlyMemory<byte> wrapped,
        WrapContext context,
        CancellationToken cancellation = default
    )
    {
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Unwrap(wrapped.Span, context));
    }

    public async ValueTask<byte[]> RewrapAsync(
        ReadOnlyMemory<byte> wrapped,
        WrapContext context,
        IKeyEncryptionKey from,
        CancellationToken cancellation = default
    )
    {
        using var key = await from.UnwrapAsync(wrapped, context, cancellation);
        return await WrapAsync(key, context, cancellation);
    }

    public void Dispose()
    {
        lock (gate)
            wrapping.Dispose();
    }

    private SecretBytes Unwrap(ReadOnlySpan<byte> wrapped, WrapContext context)
    {
        if (wrapped.Length is <= Overhead or > MaxKeyLength + Overhead || wrapped[0] != FormatVersion)
            throw new CannotOpenException();
        var key = SecretBytes.Own(SecretBytes.Allocate(wrapped.Length - Overhead), out var plain);
        try
        {
            Span<byte> aad = stackalloc byte[MaxAad];
            using var gcm = Cipher();
            gcm.Decrypt(
                wrapped.Slice(1, NonceLength),
                wrapped[HeaderLength..^TagLength],
                wrapped[^TagLength..],
                plain,
                Aad(aad, context)
            );
            return key;
        }
        catch (AuthenticationTagMismatchException)
        {
            key.Dispose();
            throw new CannotOpenException();
        }
    }

    private AesGcm Cipher()
    {
        // Locked, so that Dispose never zeroes the key while a cipher reads it.
        lock (gate)
            return new AesGcm(wrapping.Reveal(), TagLength);
    }

    private ReadOnlySpan<byte> Aad(Span<byte> buffer, WrapContext context)
    {
        var aad = new LengthPrefixed(buffer);
        aad.AddLabel(context.Purpose, nameof(context));
        aad.Add(context.Tenant);
        aad.Add(context.User);
        aad.Add(context.Version);
        aad.AddLabel(Id, nameof(context));
        return buffer[..aad.Written];
    }
}

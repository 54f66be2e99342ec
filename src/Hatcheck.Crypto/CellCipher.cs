using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>
/// AES-256-GCM under a key that is used once. Where OpenSSL 3 is, <see cref="OpenSslGcm"/> does it in a fifth of the time that
/// <see cref="AesGcm"/> needs, which makes all its parts anew for every key; elsewhere AesGcm does, an instance per call,
/// since one shared by threads reuses nonces silently on Linux. The bytes are the same.
/// </summary>
internal static class CellCipher
{
    public const int TagLength = 16;

    public static void Encrypt(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> plain,
        Span<byte> ciphertext,
        Span<byte> tag,
        ReadOnlySpan<byte> aad
    )
    {
        if (OpenSslGcm.IsAvailable)
            OpenSslGcm.Encrypt(key, nonce, plain, ciphertext, tag, aad);
        else
            EncryptByFramework(key, nonce, plain, ciphertext, tag, aad);
    }

    /// <summary>False, and zeros, if the tag is not that of key, nonce, ciphertext and AAD.</summary>
    public static bool TryDecrypt(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> ciphertext,
        ReadOnlySpan<byte> tag,
        Span<byte> plain,
        ReadOnlySpan<byte> aad
    )
    {
        var opened = OpenSslGcm.IsAvailable
            ? OpenSslGcm.TryDecrypt(key, nonce, ciphertext, tag, plain, aad)
            : TryDecryptByFramework(key, nonce, ciphertext, tag, plain, aad);
        if (!opened)
            CryptographicOperations.ZeroMemory(plain);
        return opened;
    }

    internal static void EncryptByFramework(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> plain,
        Span<byte> ciphertext,
        Span<byte> tag,
        ReadOnlySpan<byte> aad
    )
    {
        using var gcm = new AesGcm(key, TagLength);
        gcm.Encrypt(nonce, plain, ciphertext, tag, aad);
    }

    internal static bool TryDecryptByFramework(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> ciphertext,
        ReadOnlySpan<byte> tag,
        Span<byte> plain,
        ReadOnlySpan<byte> aad
    )
    {
        using var gcm = new AesGcm(key, TagLength);
        try
        {
            gcm.Decrypt(nonce, ciphertext, tag, plain, aad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}

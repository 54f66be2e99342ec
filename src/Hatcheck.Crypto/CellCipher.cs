using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>
/// AES-256-GCM under a key that is used once. With OpenSSL 3, <see cref="OpenSslGcm"/> needs a fifth of the time of
/// <see cref="AesGcm"/>, which recreates all its parts for every key. Elsewhere AesGcm is used, one instance per call:
/// an instance shared by threads silently reuses nonces on Linux. Both yield the same bytes.
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

    /// <summary>False, with zeros as output, if the tag does not match key, nonce, ciphertext and AAD.</summary>
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

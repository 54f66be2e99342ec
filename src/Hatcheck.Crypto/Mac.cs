using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>HMAC-SHA256, to sign or check messages: webhooks, login data, API keys.</summary>
public static class Mac
{
    /// <summary>32 bytes.</summary>
    public const int Length = HMACSHA256.HashSizeInBytes;

    /// <summary>HMAC-SHA256 of <paramref name="data"/>.</summary>
    public static byte[] HmacSha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data) => HMACSHA256.HashData(key, data);

    /// <summary>Same, into the first 32 bytes of <paramref name="mac"/>.</summary>
    public static void HmacSha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> mac) =>
        HMACSHA256.HashData(key, data, mac);

    /// <summary>
    /// True if <paramref name="mac"/> is the whole HMAC-SHA256 of <paramref name="data"/>, not a shortened one. Compares in
    /// constant time.
    /// </summary>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> mac)
    {
        Span<byte> expected = stackalloc byte[Length];
        HMACSHA256.HashData(key, data, expected);
        return CryptographicOperations.FixedTimeEquals(expected, mac);
    }
}

using System.Security.Cryptography;

namespace Hatcheck.Crypto;

/// <summary>HMAC-SHA256, for whoever signs or checks messages: webhooks, login data, API keys.</summary>
public static class Mac
{
    /// <summary>32 bytes.</summary>
    public const int Length = HMACSHA256.HashSizeInBytes;

    /// <summary>HMAC-SHA256 of <paramref name="data"/>.</summary>
    public static byte[] HmacSha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data) => HMACSHA256.HashData(key, data);

    /// <summary>The same, into <paramref name="mac"/>, of which it fills the first 32 bytes.</summary>
    public static void HmacSha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> mac) =>
        HMACSHA256.HashData(key, data, mac);

    /// <summary>
    /// Whether <paramref name="mac"/> is the whole HMAC-SHA256 of <paramref name="data"/>, compared in constant time. A
    /// shortened one is not.
    /// </summary>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> mac)
    {
        Span<byte> expected = stackalloc byte[Length];
        HMACSHA256.HashData(key, data, expected);
        return CryptographicOperations.FixedTimeEquals(expected, mac);
    }
}

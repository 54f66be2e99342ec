using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Hatcheck.Server.Access;

/// <summary>
/// The text of an API key: <c>hck_live_</c> or <c>hck_demo_</c>, then in base 62 the tenant id (22), 32 random bytes (43) and a CRC-32 of all
/// before it (6). The prefix and the checksum let secret scanners recognise a key without asking; the tenant id lets one indexed read find it.
/// </summary>
internal static class ApiKeyText
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int TenantLength = 22;
    private const int SecretLength = 43;
    private const int SumLength = 6;
    private const int PrefixLength = 9;

    /// <summary>A new key for a tenant.</summary>
    public static string Create(Guid tenant, bool demo)
    {
        Span<byte> secret = stackalloc byte[32];
        RandomNumberGenerator.Fill(secret);
        var body = $"hck_{(demo ? "demo" : "live")}_{Encode(tenant.ToByteArray(bigEndian: true), TenantLength)}{Encode(secret, SecretLength)}";
        CryptographicOperations.ZeroMemory(secret);
        return body + Sum(body);
    }

    /// <summary>The tenant and the hash to look for, or false for a text that is no key at all: nothing is then asked of the database.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Guid tenant, out byte[] hash, out bool demo)
    {
        tenant = default;
        hash = [];
        demo = text.StartsWith("hck_demo_", StringComparison.Ordinal);
        if (text.Length != PrefixLength + TenantLength + SecretLength + SumLength) return false;
        if (!demo && !text.StartsWith("hck_live_", StringComparison.Ordinal)) return false;
        foreach (var letter in text[PrefixLength..])
        {
            if (!char.IsAsciiLetterOrDigit(letter)) return false;
        }

        var body = text[..^SumLength].ToString();
        if (!text[^SumLength..].SequenceEqual(Sum(body))) return false;
        if (!TryDecodeGuid(text.Slice(PrefixLength, TenantLength), out tenant)) return false;
        hash = Hash(text);
        return true;
    }

    /// <summary>What is stored of a key.</summary>
    public static byte[] Hash(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[128];
        var length = Encoding.ASCII.GetBytes(text, bytes);
        var hash = SHA256.HashData(bytes[..length]);
        CryptographicOperations.ZeroMemory(bytes);
        return hash;
    }

    private static string Sum(string body)
    {
        // CRC-32 as of zlib and PNG (reflected 0xEDB88320): not in the base library, and too small for a package.
        var crc = uint.MaxValue;
        foreach (var letter in Encoding.ASCII.GetBytes(body))
        {
            crc ^= letter;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }

        Span<byte> sum = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(sum, ~crc);
        return Encode(sum, SumLength);
    }

    private static string Encode(ReadOnlySpan<byte> bigEndian, int length)
    {
        var value = new System.Numerics.BigInteger(bigEndian, isUnsigned: true, isBigEndian: true);
        return string.Create(length, value, static (text, number) =>
        {
            for (var i = text.Length - 1; i >= 0; i--)
            {
                number = System.Numerics.BigInteger.DivRem(number, 62, out var digit);
                text[i] = Digits[(int)digit];
            }
        });
    }

    private static bool TryDecodeGuid(ReadOnlySpan<char> text, out Guid value)
    {
        var number = UInt128.Zero;
        foreach (var letter in text)
        {
            var digit = (uint)Digits.IndexOf(letter, StringComparison.Ordinal);
            // 22 digits hold a little more than 128 bits: refuse what would wrap around.
            if (number > (UInt128.MaxValue - digit) / 62)
            {
                value = default;
                return false;
            }

            number = (number * 62) + digit;
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        value = new Guid(bytes, bigEndian: true);
        return true;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Hatcheck.Access;

/// <summary>Encodes numbers as letters and digits of fixed length, for API keys and refresh tokens.</summary>
internal static class Base62
{
    /// <summary>Letters of 16 bytes.</summary>
    public const int IdLength = 22;

    /// <summary>Letters of 32 bytes.</summary>
    public const int SecretLength = 43;

    /// <summary>Letters of a checksum.</summary>
    public const int SumLength = 6;

    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static string Encode(Guid id) => Encode(id.ToByteArray(bigEndian: true), IdLength);

    /// <summary>
    /// CRC-32 of an ASCII text, as in zlib and PNG (reflected 0xEDB88320): not in the base library, and too small for a
    /// package.
    /// </summary>
    public static string Sum(string body)
    {
        var crc = uint.MaxValue;
        foreach (var letter in Encoding.ASCII.GetBytes(body))
        {
            crc ^= letter;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }

        Span<byte> sum = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(sum, ~crc);
        return Encode(sum, SumLength);
    }

    public static string Encode(ReadOnlySpan<byte> bigEndian, int length)
    {
        var value = new System.Numerics.BigInteger(bigEndian, isUnsigned: true, isBigEndian: true);
        return string.Create(
            length,
            value,
            static (text, number) =>
            {
                for (var i = text.Length - 1; i >= 0; i--)
                {
                    number = System.Numerics.BigInteger.DivRem(number, 62, out var digit);
                    text[i] = Digits[(int)digit];
                }
            }
        );
    }

    public static bool TryDecode(ReadOnlySpan<char> text, out Guid value)
    {
        var number = UInt128.Zero;
        foreach (var letter in text)
        {
            var digit = (uint)Digits.IndexOf(letter, StringComparison.Ordinal);
            // 22 digits hold a little more than 128 bits: refuse an overflow.
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

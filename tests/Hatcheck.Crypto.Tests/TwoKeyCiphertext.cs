using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Hatcheck.Crypto.Tests;

/// <summary>
/// Solves for one ciphertext block so that the GCM tags under two keys are equal. The tag is a polynomial in H = E(0) over
/// GF(2^128), plus E(counter 0): linear in every ciphertext block, so with all others fixed the last block has one solution.
/// </summary>
internal static class TwoKeyCiphertext
{
    public static byte[] Make(byte[] key1, byte[] nonce1, byte[] key2, byte[] nonce2, byte[] aad, int length)
    {
        var h1 = Encrypt(key1, new byte[16]);
        var h2 = Encrypt(key2, new byte[16]);
        var mask1 = Encrypt(key1, [.. nonce1, 0, 0, 0, 1]);
        var mask2 = Encrypt(key2, [.. nonce2, 0, 0, 0, 1]);

        // With the last block zero the tags differ by some d; a last block x changes that by x·H1² + x·H2².
        var ciphertext = RandomNumberGenerator.GetBytes(length);
        ciphertext.AsSpan(^16..).Clear();
        var difference = Hash(h1, aad, ciphertext) ^ mask1 ^ Hash(h2, aad, ciphertext) ^ mask2;
        var block = Multiply(difference, Inverse(Multiply(h1, h1) ^ Multiply(h2, h2)));
        BinaryPrimitives.WriteUInt128BigEndian(ciphertext.AsSpan(^16..), block);

        var tag = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(tag, Hash(h1, aad, ciphertext) ^ mask1);
        return [.. ciphertext, .. tag];
    }

    private static UInt128 Encrypt(byte[] key, byte[] block)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        return BinaryPrimitives.ReadUInt128BigEndian(aes.EncryptEcb(block, PaddingMode.None));
    }

    /// <summary>GHASH (NIST SP 800-38D §6.4).</summary>
    private static UInt128 Hash(UInt128 h, byte[] aad, byte[] ciphertext)
    {
        var lengths = new byte[16];
        BinaryPrimitives.WriteInt64BigEndian(lengths, aad.Length * 8L);
        BinaryPrimitives.WriteInt64BigEndian(lengths.AsSpan(8), ciphertext.Length * 8L);
        var sum = UInt128.Zero;
        foreach (var block in Padded(aad).Concat(Padded(ciphertext)).Concat(lengths).Chunk(16))
            sum = Multiply(sum ^ BinaryPrimitives.ReadUInt128BigEndian(block), h);
        return sum;
    }

    private static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[(16 - (bytes.Length % 16)) % 16]];

    /// <summary>In GF(2^128) with GCM's reflected bits (§6.3): the most significant bit is the coefficient of x^0.</summary>
    private static UInt128 Multiply(UInt128 a, UInt128 b)
    {
        var reduction = (UInt128)0xe1 << 120;
        var product = UInt128.Zero;
        for (var bit = 127; bit >= 0; bit--)
        {
            if ((a >> bit & 1) == 1)
                product ^= b;
            b = (b & 1) == 1 ? (b >> 1) ^ reduction : b >> 1;
        }

        return product;
    }

    /// <summary>a^(2^128 - 2).</summary>
    private static UInt128 Inverse(UInt128 a)
    {
        var result = (UInt128)1 << 127;
        for (var i = 1; i < 128; i++)
        {
            a = Multiply(a, a);
            result = Multiply(result, a);
        }

        return result;
    }
}

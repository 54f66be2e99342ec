using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Hatcheck.Crypto.Tests;

/// <summary>
/// A holder of two data keys can create one GCM ciphertext that opens under both, to different texts (Dodis et al., "Fast
/// Message Franking: From Invisible Salamanders to Encryptment", 2018). Creates one for the keys and nonces of a real
/// cell's salt, which must be refused.
/// </summary>
public sealed class CommitmentTests
{
    private const int HeaderLength = 54;

    [Fact]
    public void A_ciphertext_that_GCM_opens_under_two_keys_opens_under_one_only()
    {
        using var mine = Sample.KeyBytes();
        using var theirs = Sample.KeyBytes(first: 100);
        using var myKey = new DataKey(mine, 1);
        using var theirKey = new DataKey(theirs, 1);

        // Takes header, salt and commitment of the first key from a real cell, and replaces its body.
        var cell = Cell.Seal(myKey, Sample.Address, new byte[64]);
        var header = cell[..HeaderLength];
        var first = Derive(mine, header);
        var second = Derive(theirs, header);
        var aad = Fields(
            header,
            Bytes(Sample.Address.Tenant),
            Sample.Text(Sample.Address.Table),
            Sample.Text(Sample.Address.Column),
            Bytes(Sample.Address.Record),
            Bytes(Sample.Address.User)
        );
        var body = TwoKeyCiphertext.Make(first.Key, first.Nonce, second.Key, second.Nonce, aad, length: 64);

        // GCM by itself accepts it twice.
        var one = Decrypt(first, body, aad);
        var two = Decrypt(second, body, aad);
        one.ShouldNotBe(two);

        byte[] forged = [.. header, .. body];
        using (var opened = Cell.Open(myKey, Sample.Address, forged))
            opened.Reveal().ToArray().ShouldBe(one);
        Should.Throw<CannotOpenException>(() => Cell.Open(theirKey, Sample.Address, forged));
    }

    private static byte[] Decrypt((byte[] Key, byte[] Nonce) derived, byte[] body, byte[] aad)
    {
        var plain = new byte[body.Length - 16];
        using var gcm = new AesGcm(derived.Key, 16);
        gcm.Decrypt(derived.Nonce, body.AsSpan(..^16), body.AsSpan(^16..), plain, aad);
        return plain;
    }

    /// <summary>Uses the framework's HKDF, which also proves that the library's own expansion follows RFC 5869.</summary>
    private static (byte[] Key, byte[] Nonce) Derive(SecretBytes key, byte[] header)
    {
        var info = Fields(
            Sample.Text("hatcheck cell v1"),
            [1],
            Sample.Text(Sample.Address.Table),
            Sample.Text(Sample.Address.Column),
            header[6..22]
        );
        var derived = new byte[76];
        HKDF.Expand(HashAlgorithmName.SHA256, key.Reveal(), derived, info);
        return (derived[..32], derived[32..44]);
    }

    private static byte[] Bytes(Guid id) => id.ToByteArray(bigEndian: true);

    private static byte[] Fields(params byte[][] fields) =>
        [
            .. fields.SelectMany(f =>
            {
                var length = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(length, f.Length);
                return length.Concat(f);
            }),
        ];
}

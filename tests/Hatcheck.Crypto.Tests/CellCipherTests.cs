using System.Security.Cryptography;

namespace Hatcheck.Crypto.Tests;

/// <summary>
/// OpenSSL seals cells directly if it is present, else the framework does: the bytes must be the same.
/// </summary>
public sealed class CellCipherTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 20)]
    [InlineData(1, 0)]
    [InlineData(15, 1)]
    [InlineData(16, 16)]
    [InlineData(17, 170)]
    [InlineData(200, 170)]
    [InlineData(70_000, 33)]
    public void Both_ways_seal_to_the_same_bytes_and_open_each_others(int length, int aadLength)
    {
        if (!OpenSslGcm.IsAvailable)
            Assert.Skip("OpenSSL 3 is not on this machine: the framework's AES-GCM seals here.");
        var (key, nonce, aad) = (
            RandomNumberGenerator.GetBytes(32),
            RandomNumberGenerator.GetBytes(12),
            RandomNumberGenerator.GetBytes(aadLength)
        );
        var plain = RandomNumberGenerator.GetBytes(length);
        var (native, framework) = (new byte[length + 16], new byte[length + 16]);
        OpenSslGcm.Encrypt(key, nonce, plain, native.AsSpan(..length), native.AsSpan(length..), aad);
        CellCipher.EncryptByFramework(key, nonce, plain, framework.AsSpan(..length), framework.AsSpan(length..), aad);
        native.ShouldBe(framework);

        var opened = new byte[length];
        OpenSslGcm.TryDecrypt(key, nonce, native.AsSpan(..length), native.AsSpan(length..), opened, aad).ShouldBeTrue();
        opened.ShouldBe(plain);
        CellCipher
            .TryDecryptByFramework(key, nonce, native.AsSpan(..length), native.AsSpan(length..), opened, aad)
            .ShouldBeTrue();
        opened.ShouldBe(plain);
    }

    [Fact]
    public void Both_ways_refuse_a_change_of_any_input_and_leave_no_plaintext()
    {
        var (key, nonce, aad, plain) = (new byte[32], new byte[12], new byte[40], Sample.Text("something to hide"));
        var (ciphertext, tag) = (new byte[plain.Length], new byte[16]);
        CellCipher.Encrypt(key, nonce, plain, ciphertext, tag, aad);
        var opened = new byte[plain.Length];
        foreach (var part in new[] { key, nonce, aad, ciphertext, tag })
        {
            for (var at = 0; at < part.Length; at++)
            {
                part[at] ^= 0x10;
                opened.AsSpan().Fill(7);
                CellCipher.TryDecrypt(key, nonce, ciphertext, tag, opened, aad).ShouldBeFalse();
                opened.ShouldAllBe(b => b == 0);
                CellCipher.TryDecryptByFramework(key, nonce, ciphertext, tag, opened, aad).ShouldBeFalse();
                part[at] ^= 0x10;
            }
        }

        CellCipher.TryDecrypt(key, nonce, ciphertext, tag, opened, aad).ShouldBeTrue();
        opened.ShouldBe(plain);
    }

    [Fact]
    public void Lengths_that_do_not_fit_never_reach_OpenSSL()
    {
        if (!OpenSslGcm.IsAvailable)
            Assert.Skip("OpenSSL 3 is not on this machine: the framework's AES-GCM seals here.");
        Should.Throw<CryptographicException>(() => OpenSslGcm.Encrypt(new byte[16], new byte[12], [], [], new byte[16], []));
        Should.Throw<CryptographicException>(() => OpenSslGcm.Encrypt(new byte[32], new byte[11], [], [], new byte[16], []));
        Should.Throw<CryptographicException>(() =>
            OpenSslGcm.Encrypt(new byte[32], new byte[12], new byte[2], new byte[1], new byte[16], [])
        );
        Should.Throw<CryptographicException>(() =>
            OpenSslGcm.TryDecrypt(new byte[32], new byte[12], new byte[2], new byte[16], new byte[1], [])
        );
        Should.Throw<CryptographicException>(() => OpenSslGcm.TryDecrypt(new byte[32], new byte[12], [], new byte[15], [], []));
    }
}

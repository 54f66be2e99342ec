using System.Text;

namespace Hatcheck.Crypto.Tests;

public sealed class ImportedKeyTests
{
    [Theory]
    [InlineData("5ecre7 key, as text", KeyEncoding.Text, "5ecre7 key, as text")]
    [InlineData("with a line break\n", KeyEncoding.Text, "with a line break")]
    [InlineData("with a line break\r\n", KeyEncoding.Text, "with a line break")]
    [InlineData("with two\n\n", KeyEncoding.Text, "with two\n")]
    [InlineData("with two\n\n", KeyEncoding.Raw, "with two\n\n")]
    [InlineData(" spaces belong to it ", KeyEncoding.Text, " spaces belong to it ")]
    [InlineData("6b6579", KeyEncoding.Text, "6b6579")]
    [InlineData("6b6579", KeyEncoding.Hex, "key")]
    [InlineData("6B6579\n", KeyEncoding.Hex, "key")]
    [InlineData("a2V5IQ==", KeyEncoding.Base64, "key!")]
    [InlineData("a2V5\n", KeyEncoding.Base64, "key")]
    public void A_key_is_read_as_it_was_said_to_be_written(string content, KeyEncoding encoding, string expected)
    {
        using var key = Read(content, encoding);
        Encoding.UTF8.GetString(key.Reveal()).ShouldBe(expected);
    }

    [Theory]
    [InlineData("", KeyEncoding.Text)]
    [InlineData("\n", KeyEncoding.Text)]
    [InlineData("", KeyEncoding.Raw)]
    [InlineData("\ufeffkey", KeyEncoding.Text)]
    [InlineData("6b657", KeyEncoding.Hex)]
    [InlineData("6b 65", KeyEncoding.Hex)]
    [InlineData("zz", KeyEncoding.Hex)]
    [InlineData("a2V5IQ", KeyEncoding.Base64)]
    [InlineData("a2V5IQ==x", KeyEncoding.Base64)]
    [InlineData("-_-_", KeyEncoding.Base64)]
    public void What_is_not_in_that_encoding_is_refused_without_being_repeated(string content, KeyEncoding encoding)
    {
        var error = Should.Throw<KeySourceException>(() => Read(content, encoding));
        if (content.Trim().Length > 0)
            error.ToString().ShouldNotContain(content.Trim());
    }

    [Fact]
    public void Bytes_that_are_no_text_and_keys_too_long_are_refused()
    {
        Should.Throw<KeySourceException>(() => ImportedKey.FromStream(new MemoryStream([0xff, 0xfe]), KeyEncoding.Text));
        Should.Throw<KeySourceException>(() =>
            ImportedKey.FromStream(new MemoryStream(new byte[ImportedKey.MaxLength + 1]), KeyEncoding.Raw)
        );
        ImportedKey
            .FromStream(new MemoryStream(new byte[ImportedKey.MaxLength]), KeyEncoding.Raw)
            .Length.ShouldBe(ImportedKey.MaxLength);
    }

    [Fact]
    public void A_system_that_hashes_with_an_environment_variable_finds_its_users_again()
    {
        // Same as its Python: hmac.new(os.environ["TELEGRAM_ID_HMAC_KEY"].encode(), str(telegram_id).encode(),
        // hashlib.sha256).hexdigest()
        const string Script = """
            import hashlib, hmac, sys
            print(hmac.new(sys.argv[1].encode(), sys.argv[2].encode(), hashlib.sha256).hexdigest())
            """;
        const string Variable = "d0c4f1aa00ff5ä";
        var theirs = OtherPrograms.Python("-c", Script, Variable, "7012345678").Trim();
        using var bytes = Read(Variable + "\n", KeyEncoding.Text);
        using var key = new BlindIndexKey(bytes, 1, BlindIndexKey.PlainScheme);
        key.Compute("telegram", "user", "7012345678").ShouldBe(theirs);
    }

    [Fact]
    public void A_key_file_that_others_can_read_is_not_imported()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("key", "a key in a file", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (var key = ImportedKey.FromFile(path, KeyEncoding.Text))
            Encoding.UTF8.GetString(key.Reveal()).ShouldBe("a key in a file");
        folder.Write("key", "a key in a file", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Should.Throw<KeySourceException>(() => ImportedKey.FromFile(path, KeyEncoding.Text)).Message.ShouldContain("chmod 600");
        Should
            .Throw<KeySourceException>(() => ImportedKey.FromFile(path + ".absent", KeyEncoding.Text))
            .Message.ShouldContain("does not exist");
    }

    private static SecretBytes Read(string content, KeyEncoding encoding) =>
        ImportedKey.FromStream(new MemoryStream(Sample.Text(content)), encoding);
}

namespace Hatcheck.Crypto.Tests;

public sealed class PassphraseTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Parameters => folder.File("passphrase");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Salt_rounds_and_id_are_stored_beside_and_the_passphrase_is_not()
    {
        using var kek = From("correct horse battery");
        var text = File.ReadAllText(Parameters);
        text.ShouldMatch($"^hatcheck-passphrase-1 rounds=600000 salt=[0-9a-f]{{32}} id={kek.Id}\n$");
        text.ShouldNotContain("horse");
        using var again = From("correct horse battery");
        again.Id.ShouldBe(kek.Id);
    }

    [Fact]
    public void The_key_is_PBKDF2_of_the_passphrase_as_Python_computes_it()
    {
        using var kek = From("correct horse bättery");
        var salt = File.ReadAllText(Parameters).Split("salt=")[1][..32];
        const string Script = """
            import base64, hashlib, sys
            key = hashlib.pbkdf2_hmac("sha256", sys.argv[1].encode(), bytes.fromhex(sys.argv[2]), 600000)
            print(base64.b64encode(key).decode())
            """;
        using var theirs = LocalKeys.FromBase64(OtherPrograms.Python("-c", Script, "correct horse bättery", salt));
        theirs.Id.ShouldBe(kek.Id);
    }

    [Fact]
    public void A_wrong_passphrase_is_refused_plainly()
    {
        From("correct horse battery").Dispose();
        Should.Throw<KeySourceException>(() => From("correct horse battery ")).Message.ShouldContain("not the one");
    }

    [Fact]
    public void Two_installations_with_one_passphrase_have_different_keys()
    {
        using var first = From("correct horse battery");
        File.Delete(Parameters);
        using var second = From("correct horse battery");
        (second.Id == first.Id).ShouldBeFalse();
    }

    [Fact]
    public void A_short_passphrase_is_refused_before_anything_is_written()
    {
        Should.Throw<KeySourceException>(() => From("elevenchars")).Message.ShouldNotContain("elevenchars");
        File.Exists(Parameters).ShouldBeFalse();
    }

    [Fact]
    public void Lost_parameters_are_not_made_anew_unless_asked_for()
    {
        using var passphrase = new SecretText("correct horse battery");
        Should.Throw<KeySourceException>(() => LocalKeys.FromPassphrase(passphrase, Parameters, create: false));
    }

    [Theory]
    [InlineData("rounds=600000", "rounds=599999")]
    [InlineData("rounds=600000", "rounds=2000000000")]
    [InlineData("rounds=600000", "rounds=-1")]
    [InlineData("salt=", "salt=zz")]
    [InlineData("hatcheck-passphrase-1", "hatcheck-passphrase-2")]
    [InlineData(" id=", " ")]
    public void Changed_parameters_are_refused(string part, string instead)
    {
        From("correct horse battery").Dispose();
        File.WriteAllText(Parameters, File.ReadAllText(Parameters).Replace(part, instead));
        Should.Throw<KeySourceException>(() => From("correct horse battery"));
    }

    [Fact]
    public void Parameters_that_others_can_write_are_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        From("correct horse battery").Dispose();
        File.SetUnixFileMode(Parameters, File.GetUnixFileMode(Parameters) | UnixFileMode.OtherWrite);
        Should.Throw<KeySourceException>(() => From("correct horse battery")).Message.ShouldContain("changed by others");
    }

    private IKeyEncryptionKey From(string text)
    {
        using var passphrase = new SecretText(text);
        return LocalKeys.FromPassphrase(passphrase, Parameters);
    }
}

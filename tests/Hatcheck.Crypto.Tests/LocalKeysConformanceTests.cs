namespace Hatcheck.Crypto.Tests;

public sealed class FileKeyTests : KeyEncryptionKeyConformance, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    protected override IKeyEncryptionKey Make() => LocalKeys.FromFile(folder.File("kek"), create: true);

    protected override IKeyEncryptionKey MakeOther() => LocalKeys.FromFile(folder.File("other"), create: true);

    protected override IEnumerable<string> PrintedForms()
    {
        var base64 = File.ReadAllText(folder.File("kek")).Split(' ')[1].Trim();
        return [base64, Convert.ToHexString(Convert.FromBase64String(base64))];
    }
}

public sealed class EnvironmentKeyTests : KeyEncryptionKeyConformance
{
    private const string Value = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    protected override IKeyEncryptionKey Make()
    {
        const string Variable = "HATCHECK_TEST_KEK";
        Environment.SetEnvironmentVariable(Variable, Value);
        return LocalKeys.FromEnvironment(Variable);
    }

    protected override IKeyEncryptionKey MakeOther() => LocalKeys.FromBase64("/wECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");

    protected override IEnumerable<string> PrintedForms() => [Value, Convert.ToHexString(Convert.FromBase64String(Value))];
}

public sealed class PassphraseKeyTests : KeyEncryptionKeyConformance, IDisposable
{
    private const string Passphrase = "correct horse battery staple";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    protected override IKeyEncryptionKey Make()
    {
        using var passphrase = new SecretText(Passphrase);
        return LocalKeys.FromPassphrase(passphrase, folder.File("passphrase"));
    }

    protected override IKeyEncryptionKey MakeOther()
    {
        using var passphrase = new SecretText("another horse altogether");
        return LocalKeys.FromPassphrase(passphrase, folder.File("other"));
    }

    protected override IEnumerable<string> PrintedForms() => [Passphrase, Convert.ToHexString(Sample.Text(Passphrase))];
}

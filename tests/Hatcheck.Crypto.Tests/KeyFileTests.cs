using System.Diagnostics.CodeAnalysis;

namespace Hatcheck.Crypto.Tests;

[SuppressMessage(
    "Interoperability",
    "CA1416",
    Justification = "File modes are what these tests are about; they run on Linux and macOS."
)]
public sealed class KeyFileTests : IDisposable
{
    private const UnixFileMode OursAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly TemporaryFolder folder = new();

    private string KeyFile => folder.File("kek");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_first_start_makes_a_file_that_only_its_owner_may_read_and_leaves_nothing_beside_it()
    {
        using var kek = LocalKeys.FromFile(KeyFile, create: true);
        File.GetUnixFileMode(KeyFile).ShouldBe(OursAlone);
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([KeyFile]);
        File.ReadAllText(KeyFile).ShouldMatch("^hatcheck-kek-1 [A-Za-z0-9+/]{43}=\n$");
    }

    [Fact]
    public void A_folder_that_is_not_there_yet_is_made()
    {
        using var kek = LocalKeys.FromFile(folder.File("new/data/kek"), create: true);
        using var again = LocalKeys.FromFile(folder.File("new/data/kek"), create: false);
        again.Id.ShouldBe(kek.Id);
    }

    [Fact]
    public void Many_starts_at_once_end_with_one_key()
    {
        for (var round = 0; round < 20; round++)
        {
            var path = folder.File($"kek{round}");
            var ids = new string[8];
            using var barrier = new Barrier(ids.Length);
            var threads = Enumerable
                .Range(0, ids.Length)
                .Select(i => new Thread(() =>
                {
                    barrier.SignalAndWait();
                    using var kek = LocalKeys.FromFile(path, create: true);
                    ids[i] = kek.Id;
                }))
                .ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());
            ids.Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
        }

        Directory.GetFiles(folder.Path, "*.new").ShouldBeEmpty();
    }

    [Fact]
    public void A_missing_file_is_not_made_unless_asked_for() =>
        Should
            .Throw<KeySourceException>(() => LocalKeys.FromFile(KeyFile, create: false))
            .Message.ShouldContain("does not exist");

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.GroupExecute)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void A_file_that_others_may_touch_is_refused_with_the_command_that_mends_it(UnixFileMode more)
    {
        LocalKeys.FromFile(KeyFile, create: true).Dispose();
        File.SetUnixFileMode(KeyFile, OursAlone | more);
        Should
            .Throw<KeySourceException>(() => LocalKeys.FromFile(KeyFile, create: true))
            .Message.ShouldContain($"chmod 600 {KeyFile}");
        File.SetUnixFileMode(KeyFile, OursAlone);
        LocalKeys.FromFile(KeyFile, create: false).Dispose();
    }

    [Fact]
    public void A_link_to_a_file_that_others_may_read_is_refused_too()
    {
        LocalKeys.FromFile(KeyFile, create: true).Dispose();
        var link = folder.File("link");
        File.CreateSymbolicLink(link, KeyFile);
        LocalKeys.FromFile(link, create: false).Dispose();
        File.SetUnixFileMode(KeyFile, OursAlone | UnixFileMode.OtherRead);
        Should.Throw<KeySourceException>(() => LocalKeys.FromFile(link, create: false));
    }

    [Fact]
    public void Another_users_file_is_refused()
    {
        if (Environment.UserName != "root")
            Assert.Skip("Only root can give a file to another user.");
        LocalKeys.FromFile(KeyFile, create: true).Dispose();
        OtherPrograms.Run("/bin/chown", "65534", KeyFile);
        Should
            .Throw<KeySourceException>(() => LocalKeys.FromFile(KeyFile, create: true))
            .Message.ShouldContain("belongs to another user");
    }

    [Theory]
    [InlineData("")]
    [InlineData("hatcheck-kek-1")]
    [InlineData("hatcheck-kek-1 AAECAwQFBgcICQoLDA0ODw==")]
    [InlineData("hatcheck-kek-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= more")]
    [InlineData("hatcheck-kek-2 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    public void A_damaged_file_is_refused_left_alone_and_not_repeated(string content)
    {
        folder.Write("kek", content, OursAlone);
        var error = Should.Throw<KeySourceException>(() => LocalKeys.FromFile(KeyFile, create: true));
        error.Message.ShouldContain(KeyFile);
        error.ToString().ShouldNotContain("AAECAwQ");
        File.ReadAllText(KeyFile).ShouldBe(content);
    }

    [Fact]
    public void What_is_no_small_file_is_refused()
    {
        folder.Write("kek", new string('x', 5000), OursAlone);
        Should.Throw<KeySourceException>(() => LocalKeys.FromFile(KeyFile, create: true));
        Should.Throw<KeySourceException>(() => LocalKeys.FromFile(folder.Path, create: true));
        folder.Write("blocker", "", OursAlone);
        Should.Throw<KeySourceException>(() => LocalKeys.FromFile(folder.File("blocker/kek"), create: true));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("AAECAwQFBgcICQoLDA0ODw==")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ==")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void A_value_that_is_no_key_is_refused_with_the_command_that_makes_one(string value)
    {
        var error = Should.Throw<KeySourceException>(() => LocalKeys.FromBase64(value));
        error.Message.ShouldContain("openssl rand -base64 32");
        if (value.Length > 0)
            error.ToString().ShouldNotContain(value);
    }

    [Fact]
    public void An_environment_variable_that_is_not_set_is_named() =>
        Should
            .Throw<KeySourceException>(() => LocalKeys.FromEnvironment("HATCHECK_TEST_ABSENT"))
            .Message.ShouldContain("HATCHECK_TEST_ABSENT");

    [Fact]
    public void The_same_bytes_are_the_same_key_wherever_they_come_from()
    {
        using var file = LocalKeys.FromFile(KeyFile, create: true);
        using var value = LocalKeys.FromBase64(File.ReadAllText(KeyFile).Split(' ')[1]);
        value.Id.ShouldBe(file.Id);
    }
}

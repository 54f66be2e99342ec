using System.Runtime.Versioning;
using System.Text.Json;
using Hatcheck.ServerKit.Cli;
using Hatcheck.TestKit;
using Microsoft.Data.Sqlite;

namespace Hatcheck.Tests.Cli;

/// <summary>A mistyped folder stays empty: only `serve`, `demo` and `migrate` create an installation.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class NoInstallationTests : IDisposable
{
    private const string Id = "6f1c2b9e-5f0e-4d53-9f0f-0f8f4a3a2f11";
    private readonly string parent = Directory.CreateTempSubdirectory("hatcheck-typo-").FullName;

    private string Folder => Path.Combine(parent, "typo");

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(parent, recursive: true);
    }

    [Theory]
    [InlineData("tenants", "list")]
    [InlineData("tenants", "add", "music")]
    [InlineData("keys", "status")]
    [InlineData("keys", "rotate-signing")]
    [InlineData("apikeys", "list")]
    [InlineData("apikeys", "add", "--name", "bot")]
    [InlineData("users", "show", Id)]
    [InlineData("users", "purge")]
    [InlineData("inbox", "list")]
    [InlineData("jobs", "list")]
    [InlineData("jobs", "run", "purge")]
    public async Task A_verb_on_a_folder_without_an_installation_says_so_and_creates_nothing(params string[] verb)
    {
        var answer = await RunAsync(verb);
        answer.ExitCode.ShouldBe(3);
        answer.Output.ShouldBeEmpty();
        answer.Error.ShouldBe(
            $"hatcheck: There is no Hatcheck in {Folder}; `hatcheck serve` creates one. Use --data for another folder.\n"
        );
        Directory.Exists(Folder).ShouldBeFalse();
        // Nor in an existing folder.
        Directory.CreateDirectory(Folder);
        (await RunAsync(verb)).ExitCode.ShouldBe(3);
        Directory.EnumerateFileSystemEntries(Folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task Verbs_that_only_look_create_nothing_either()
    {
        (await RunAsync("doctor")).Succeeded().ShouldContain("will be created at the first start");
        var dry = await RunAsync("migrate", "--dry-run", "--json");
        JsonDocument.Parse(dry.Succeeded()).RootElement.GetProperty("applied").GetArrayLength().ShouldBeGreaterThan(0);
        (await RunAsync("health")).ExitCode.ShouldBe(1);
        Directory.Exists(Folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Migrate_makes_the_database_and_the_first_tenant_the_key()
    {
        (await RunAsync("migrate")).ExitCode.ShouldBe(0);
        var early = await RunAsync("tenants", "list");
        early.ExitCode.ShouldBe(3);
        early.Error.ShouldContain("`hatcheck serve` or `hatcheck tenants add` begins it");
        File.Exists(Path.Combine(Folder, "kek.key")).ShouldBeFalse();

        var added = await RunAsync("tenants", "add", "music");
        added.Error.ShouldContain("Created a new key");
        added.Error.ShouldContain($"hatcheck apikeys add {added.Succeeded().Trim()} --name bot --data {Folder}\n");
        (await RunAsync("tenants", "list")).Succeeded().ShouldContain("\tmusic\t");
    }

    [Theory]
    [InlineData("Keys:Passphrase=short", "Keys:Passphrase (Keys__Passphrase)")]
    [InlineData("Keys:PassphraseFile=FILE", "Keys:PassphraseFile (Keys__PassphraseFile)")]
    public async Task A_short_passphrase_is_refused_before_a_database_is_made(string setting, string name)
    {
        var file = Path.Combine(parent, "passphrase");
        await File.WriteAllTextAsync(file, "elevenchars\n");
        var answer = await RunAsync(
            "serve",
            "--set",
            "Keys:Provider=passphrase",
            "--set",
            setting.Replace("FILE", file, StringComparison.Ordinal)
        );
        answer.ExitCode.ShouldBe(3);
        answer.Error.ShouldContain($"  {name}: the passphrase has fewer than 12 characters.");
        answer.Error.ShouldNotContain("elevenchars");
        Directory.Exists(Folder).ShouldBeFalse();
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => CommandLine.RunAsync([.. arguments, "--data", Folder]);
}

using System.Runtime.Versioning;
using System.Text.Json;
using Hatcheck.ServerKit.Cli;
using Hatcheck.TestKit;
using Microsoft.Data.Sqlite;

namespace Hatcheck.Tests.Cli;

/// <summary>A mistyped option is never taken for a name or a value, nor ignored: the verb refuses it and does nothing.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class MistypedOptionTests : IAsyncLifetime
{
    private const string Id = "0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11";
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-typo-").FullName;

    /// <summary>Verbs that take words or a tenant, and so could mistake the option for one.</summary>
    public static TheoryData<string> Runs() =>
        [
            .. CommandTreeTests
                .LeafVerbs()
                .Where(verb => verb.Arguments.Count > 0 || verb.Options.Any(option => option.Name == "--tenant"))
                .Select(CommandTreeTests.PathOf),
        ];

    public async ValueTask InitializeAsync()
    {
        (await RunAsync("migrate")).ExitCode.ShouldBe(0);
        (await RunAsync("tenants", "add", "acme")).Succeeded();
    }

    public ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(CommandTreeTests.Verbs), MemberType = typeof(CommandTreeTests))]
    public async Task No_verb_takes_an_option_that_is_none_and_each_says_which_was_meant(string verb)
    {
        var words = verb.Split(' ');
        foreach (var wrong in (string[])["--helpp", "--xyzzy", "--xyzzy=secret", "--xyzzy:secret", "-x", "-Xy"])
        {
            // Before an option that may need a value, and after it.
            string[][] lines =
            [
                [.. words, wrong],
                [.. words, "acme", wrong],
                [.. words, wrong, "acme"],
                [.. words, wrong, "--help"],
            ];
            foreach (var line in lines.Where(line => !Below(verb) || !line.Contains("acme")))
            {
                var answer = await RunAsync(line);
                answer.ExitCode.ShouldBe(2, string.Join(' ', line));
                answer.Output.ShouldBeEmpty();
                answer.Error.ShouldStartWith($"hatcheck: `hatcheck {verb}` has no option {wrong.Split('=', ':')[0]}.");
                answer.Error.ShouldNotContain("secret");
                if (wrong == "--helpp")
                    answer.Error.ShouldContain("Did you mean --help?");
            }
        }
    }

    [Theory]
    [MemberData(nameof(CommandTreeTests.Verbs), MemberType = typeof(CommandTreeTests))]
    public async Task A_slip_in_any_option_of_any_verb_is_told_with_the_option(string verb)
    {
        var command = CommandTreeTests.Find(verb);
        foreach (var option in command.Options)
        {
            var wrong = $"{option.Name}q";
            foreach (
                var line in (string[][])
                    [
                        [.. verb.Split(' '), wrong],
                        [.. verb.Split(' '), $"{wrong}=x"],
                    ]
            )
            {
                var answer = await RunAsync(line);
                answer.ExitCode.ShouldBe(2, wrong);
                answer.Output.ShouldBeEmpty();
                answer.Error.ShouldContain($"has no option {wrong}.");
                answer.Error.ShouldContain(option.Name);
                answer.Error.ShouldMatch("Did you mean .*\\?");
            }
        }
    }

    [Theory]
    [MemberData(nameof(CommandTreeTests.Leaves), MemberType = typeof(CommandTreeTests))]
    public async Task A_flag_takes_no_value_in_any_verb(string verb)
    {
        foreach (var flag in CommandTreeTests.Find(verb).Options.Where(option => option.ValueType == typeof(bool)))
        {
            foreach (var wrong in (string[])[$"{flag.Name}=yes", $"{flag.Name}:yes", $"{flag.Name}="])
            {
                var answer = await RunAsync([.. verb.Split(' '), wrong]);
                answer.ExitCode.ShouldBe(2, wrong);
                answer.Error.ShouldStartWith($"hatcheck: {flag.Name} takes no value");
            }
        }
    }

    [Theory]
    [InlineData("tenants add --blind-onli", "`hatcheck tenants add` has no option --blind-onli. Did you mean --blind-only?")]
    [InlineData("tenants add --helpp", "`hatcheck tenants add` has no option --helpp. Did you mean --help?")]
    [InlineData(
        "tenants add --xyzzy",
        "`hatcheck tenants add` has no option --xyzzy. A word that begins with - is written after --, at the end."
    )]
    [InlineData(
        "roles add --tenant acme --jsn --permissions users:read",
        "`hatcheck roles add` has no option --jsn. Did you mean --json?"
    )]
    [InlineData(
        "roles add desk --permissions users:read --jsn",
        "`hatcheck roles add` has no option --jsn. Did you mean --json?"
    )]
    [InlineData("keys rotate-index --helpp", "`hatcheck keys rotate-index` has no option --helpp. Did you mean --help?")]
    [InlineData("apikeys list --jsn", "`hatcheck apikeys list` has no option --jsn. Did you mean --json?")]
    [InlineData("apikeys list --JSON", "`hatcheck apikeys list` has no option --JSON. Did you mean --json?")]
    [InlineData("apikeys list --json=yes", "--json takes no value: write it alone, or leave it out.")]
    [InlineData("apikeys add --tenant acme --name bot --jsn", "`hatcheck apikeys add` has no option --jsn. Did you mean --json?")]
    [InlineData(
        "apikeys add --name -xyzzy",
        "`hatcheck apikeys add` has no option -xyzzy. A value that begins with - is written --name=-xyzzy."
    )]
    [InlineData("apikeys list --tenat acme", "`hatcheck apikeys list` has no option --tenat. Did you mean --tenant?")]
    [InlineData("users show --tenat acme " + Id, "`hatcheck users show` has no option --tenat. Did you mean --tenant?")]
    [InlineData("inbox list --ded --tenant acme", "`hatcheck inbox list` has no option --ded. Did you mean --dead?")]
    public async Task It_is_told_and_nothing_is_written(string line, string sentence)
    {
        var before = await RowsAsync();
        var answer = await RunAsync(line.Split(' '));
        answer.ExitCode.ShouldBe(2);
        answer.Output.ShouldBeEmpty();
        answer.Error.Split('\n')[0].ShouldBe($"hatcheck: {sentence}");
        (await RowsAsync()).ShouldBe(before);
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Nothing_is_written_by_any_verb_that_takes_words_or_a_tenant(string verb)
    {
        if (verb.StartsWith("ids ", StringComparison.Ordinal))
            return;
        var before = await RowsAsync();
        (await RunAsync([.. verb.Split(' '), "--xyzzy"])).ExitCode.ShouldBe(2);
        (await RowsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task What_really_begins_so_is_written_with_an_equals_sign_or_after_two_dashes()
    {
        (await RunAsync("tenants", "add", "--", "--blind-onli")).Succeeded();
        (await RunAsync("apikeys", "list", "--tenant=--blind-onli")).Succeeded();
        (await RunAsync("apikeys", "list", "--", "--blind-onli")).Succeeded();
        (await RunAsync("apikeys", "list", "--json=true", "acme")).Succeeded().Trim().ShouldBe("[]");
        (await RunAsync("users", "inspect", Id, "--tenant", "acme", "--reason=-a long enough reason")).ExitCode.ShouldNotBe(2);
    }

    [Fact]
    public async Task What_a_file_of_words_brings_is_looked_at_too()
    {
        var file = Path.Combine(folder, "words");
        var before = await RowsAsync();
        foreach (var words in (string[])["--blind-onli", "--blind-onli\n--", "--scheme\n1\n--blind-onli"])
        {
            await File.WriteAllTextAsync(file, words);
            (await RunAsync("tenants", "add", $"@{file}")).Error.ShouldContain("has no option --blind-onli");
        }

        (await RowsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Help_for_a_verb_that_there_is_not_says_so()
    {
        foreach (var line in (string[])["help nope", "nope --help", "help keys nope", "keys nope --help"])
        {
            var answer = await CommandLine.RunAsync(line.Split(' '));
            answer.ExitCode.ShouldBe(2);
            answer.Output.ShouldBeEmpty();
            answer.Error.ShouldStartWith("hatcheck: there is no verb `nope`");
        }

        (await CommandLine.RunAsync("help", "aplkeys")).Error.ShouldContain("Did you mean `hatcheck apikeys`?");
    }

    [Fact]
    public async Task The_version_is_a_verb_with_json()
    {
        var version = (await CommandLine.RunAsync("--version")).Succeeded().Trim();
        JsonDocument
            .Parse((await CommandLine.RunAsync("version", "--json")).Succeeded())
            .RootElement.GetProperty("version")
            .GetString()
            .ShouldBe(version);
    }

    [Fact]
    public async Task An_option_before_its_verb_is_told_where_it_belongs() =>
        (await RunAsync("--json", "tenants", "list")).Error.ShouldStartWith(
            "hatcheck: --json belongs after the verb: `hatcheck tenants list --json`."
        );

    private static bool Below(string verb) => CommandTreeTests.Find(verb).Subcommands.Count > 0;

    private async Task<string> RowsAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "hatcheck.db")}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            "select (select count(*) from tenants) || ' ' || (select count(*) from roles)"
            + " || ' ' || (select count(*) from api_keys) || ' '"
            + " || (select count(*) from audit_pending) || ' ' || (select count(*) from tenant_keys)";
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private Task<CommandResult> RunAsync(params string[] arguments) => CommandLine.RunAsync(["--data", folder, .. arguments]);
}

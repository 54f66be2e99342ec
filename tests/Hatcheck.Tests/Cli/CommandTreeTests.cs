using System.CommandLine;
using System.Text.RegularExpressions;
using Hatcheck.Cli;
using Hatcheck.Platform.Verbs;
using Hatcheck.ServerKit.Cli;
using Hatcheck.TestKit;
using Command = System.CommandLine.Command;

namespace Hatcheck.Tests.Cli;

/// <summary>The tree of verbs for a newcomer: help, examples, and errors of a wrong command line.</summary>
public sealed partial class CommandTreeTests
{
    public static TheoryData<string> Verbs() => [.. Below(Root()).Select(PathOf)];

    public static TheoryData<string> Leaves() => [.. LeafVerbs().Select(PathOf)];

    internal static IEnumerable<Command> LeafVerbs() => Below(Root()).Where(verb => verb.Subcommands.Count == 0);

    internal static Command Find(string verb) => Below(Root()).Single(command => PathOf(command) == verb);

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Help_of_every_verb_has_examples_that_parse(string verb)
    {
        var help = await CommandLine.RunAsync([.. verb.Split(' '), "--help"]);
        help.ExitCode.ShouldBe(0);
        help.Output.ShouldContain("Examples:");
        var root = HatcheckCommand.Root(new Invocation([], Terminal.OfThisProcess(), host: null));
        var examples = help.Output[help.Output.IndexOf("Examples:", StringComparison.Ordinal)..]
            .Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.StartsWith("hatcheck ", StringComparison.Ordinal) && !line.Contains('…'))
            .ToList();
        // Several spaces separate remarks; pipes and redirections are the shell's.
        foreach (var example in examples.Select(line => line["hatcheck ".Length..].Split("   ")[0].Split('|')[0].Split('>')[0]))
            root.Parse(example).Errors.Select(error => error.Message).ShouldBeEmpty(example);
    }

    [Theory]
    [InlineData("tenants")]
    [InlineData("nonsense")]
    [InlineData("apikeys", "add", "music")]
    [InlineData("apikeys", "add", "music", "--name", "bot", "--expires", "soon")]
    [InlineData("tenants", "add", "music", "--scheme", "2")]
    [InlineData("tenants", "add", "music", "--index-key-file", "-")]
    [InlineData("keys", "export-index", "music")]
    [InlineData("keys", "export-index", "music", "--stdout", "--out", "f")]
    [InlineData("users", "inspect", "not-an-id", "--tenant", "t", "--reason", "a long enough reason")]
    [InlineData("health", "--url", "nowhere")]
    public async Task A_wrong_command_line_ends_with_2_and_says_where_help_is(params string[] arguments)
    {
        var answer = await CommandLine.RunAsync(arguments);
        answer.ExitCode.ShouldBe(2);
        answer.Error.ShouldContain("--help");
        answer.Output.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Leaves))]
    public async Task Every_verb_prints_json(string verb) =>
        (await CommandLine.RunAsync([.. verb.Split(' '), "--help"])).Succeeded().ShouldContain("  --json");

    [Fact]
    public void Every_capability_brings_its_own_verbs_and_a_group_of_several_is_one()
    {
        var groups = Root()
            .Subcommands.Where(verb => verb.Subcommands.Count > 0)
            .ToDictionary(
                verb => verb.Name,
                verb => verb.Subcommands.Select(leaf => leaf.Name).ToArray(),
                StringComparer.Ordinal
            );
        // Platform, Access and Users.
        groups["keys"].ShouldBe(["export-index", "retire-index", "rotate-index", "rotate-signing", "status"]);
        // Users and Profiles.
        groups["users"].ShouldBe(["delete", "inspect", "purge", "restore", "show"]);
    }

    [Fact]
    public async Task Nothing_asked_is_answered_with_help_and_a_group_alone_too_but_as_an_error()
    {
        var alone = await CommandLine.RunAsync();
        alone.Succeeded().ShouldContain("hatcheck serve");
        (await CommandLine.RunAsync("help")).Succeeded().ShouldBe(alone.Output);
        (await CommandLine.RunAsync("help", "keys", "status"))
            .Succeeded()
            .ShouldBe((await CommandLine.RunAsync("keys", "status", "--help")).Output);
        (await CommandLine.RunAsync("version")).Succeeded().ShouldBe((await CommandLine.RunAsync("--version")).Output);
        var group = await CommandLine.RunAsync("keys");
        group.ExitCode.ShouldBe(2);
        group.Output.ShouldBeEmpty();
        group.Error.ShouldBe((await CommandLine.RunAsync("keys", "--help")).Output);
    }

    [Theory]
    [InlineData("aplkeys list", "there is no verb `aplkeys`. Did you mean `hatcheck apikeys`?")]
    [InlineData("tenant list", "there is no verb `tenant`. Did you mean `hatcheck tenants`?")]
    [InlineData("apikeys lsit", "there is no verb `lsit` in `hatcheck apikeys`. Did you mean `hatcheck apikeys list`?")]
    [InlineData("apikeys ls", "there is no verb `ls` in `hatcheck apikeys`. Did you mean `hatcheck apikeys list`?")]
    [InlineData("tenants create music", "there is no verb `create` in `hatcheck tenants`. Did you mean `hatcheck tenants add`?")]
    [InlineData("purge", "there is no verb `purge`. Did you mean `hatcheck users purge`?")]
    [InlineData("xyzzy", "there is no verb `xyzzy`.")]
    [InlineData("serve --ulrs http://127.0.0.1:1", "`hatcheck serve` has no option --ulrs. Did you mean --urls?")]
    [InlineData("tenants list --dta x", "`hatcheck tenants list` has no option --dta. Did you mean --data?")]
    [InlineData("apikeys add music --nam bot", "`hatcheck apikeys add` has no option --nam. Did you mean --name?")]
    [InlineData("doctor now", "`hatcheck doctor` does not take `now`.")]
    [InlineData("tenants add", "<name> is missing. 1 to 100 characters; need not be unique, but then only the id names it.")]
    public async Task A_mistake_gets_one_sentence_and_the_nearest_word(string line, string sentence)
    {
        var answer = await CommandLine.RunAsync(line.Split(' '));
        answer.ExitCode.ShouldBe(2);
        answer.Output.ShouldBeEmpty();
        var told = answer.Error.TrimEnd().Split('\n');
        told.Length.ShouldBe(2, answer.Error);
        told[0].ShouldBe($"hatcheck: {sentence}");
        told[1].ShouldMatch("^See `hatcheck.* --help`\\.$");
    }

    [Theory]
    [InlineData("users show 42", "POST /users/resolve")]
    [InlineData("users inspect 42 --reason ticket-4711", "POST /users/resolve")]
    [InlineData("apikeys revoke 42", "hatcheck apikeys list")]
    [InlineData("apikeys revoke music 42", "hatcheck apikeys list")]
    [InlineData("members remove 42", "hatcheck members list")]
    [InlineData("inbox show 42", "hatcheck inbox list")]
    public async Task A_wrong_id_is_told_what_an_id_is_and_where_one_is_found(string line, string source)
    {
        var answer = await CommandLine.RunAsync(line.Split(' '));
        answer.ExitCode.ShouldBe(2);
        answer.Error.ShouldContain("UUID");
        answer.Error.ShouldContain(source);
        answer.Error.ShouldNotContain("System.");
    }

    [Fact]
    public async Task Completion_works_as_the_page_has_it()
    {
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs", "operations", "cli.md"));
        var script = Completion().Match(page).Groups["script"].Value;
        script.ShouldContain("complete -F");
        var program = Path.Combine(AppContext.BaseDirectory, "hatcheck.dll");
        Task<CommandResult> TypeAsync(string line, int word) =>
            TestKit.Command.RunAsync(
                "bash",
                [
                    "-c",
                    $"hatcheck() {{ dotnet '{program}' \"$@\"; }}\n{script}\nCOMP_LINE='{line}' COMP_POINT={line.Length} "
                        + $"COMP_WORDS=({line}) COMP_CWORD={word}\n_hatcheck\necho \"${{COMPREPLY[@]}}\"",
                ]
            );
        (await TypeAsync("hatcheck ap", 1)).Succeeded().Trim().ShouldBe("apikeys");
        (await TypeAsync("hatcheck apikeys re", 2)).Succeeded().Trim().ShouldBe("revoke");
        (await TypeAsync("hatcheck apikeys add --sc", 3)).Succeeded().Trim().ShouldBe("--scopes");
    }

    private static RootCommand Root() => HatcheckCommand.Root(new Invocation([], Terminal.OfThisProcess(), host: null));

    private static IEnumerable<Command> Below(Command command) =>
        command.Subcommands.SelectMany(verb => Below(verb).Prepend(verb));

    internal static string PathOf(Command verb) =>
        verb.Parents.OfType<Command>().Single() is RootCommand
            ? verb.Name
            : $"{PathOf(verb.Parents.OfType<Command>().Single())} {verb.Name}";

    [GeneratedRegex(@"```bash\n(?<script>_hatcheck.*?)```", RegexOptions.Singleline)]
    private static partial Regex Completion();
}

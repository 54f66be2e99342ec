using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Verbs;

namespace Hatcheck.Server.Cli;

/// <summary>Says what is wrong with a command line, in one sentence, and what may have been meant.</summary>
internal static class CommandLineFault
{
    /// <summary>Words of other tools, and what they are called here.</summary>
    private static readonly Dictionary<string, string[]> elsewhere = new(StringComparer.Ordinal)
    {
        ["ls"] = ["list", "status"],
        ["get"] = ["show", "list"],
        ["create"] = ["add"],
        ["new"] = ["add"],
        ["rm"] = ["remove", "revoke", "delete"],
        ["delete"] = ["remove", "revoke"],
        ["remove"] = ["revoke", "delete"],
        ["start"] = ["serve"],
        ["run"] = ["serve"],
        ["init"] = ["serve"],
        ["status"] = ["health", "doctor"],
    };

    /// <summary>A command line that could not be parsed.</summary>
    public static int Tell(ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [var word, ..]) return Tell(Unknown(word, command), command, terminal);
        // A group without a verb: the verbs are what the caller looks for.
        if (command.Subcommands.Count > 0) return Help(parsed, terminal);
        return Tell(string.Join("\nhatcheck: ", parsed.Errors.Select(Words).Distinct(StringComparer.Ordinal)), command, terminal);
    }

    /// <summary>A sentence, and where help is.</summary>
    public static int Tell(string fault, Command command, Terminal terminal)
    {
        terminal.Error.WriteLine($"hatcheck: {fault}");
        terminal.Error.WriteLine($"See `{PathOf(command)} --help`.");
        return ExitCode.Usage;
    }

    private static string Words(ParseError error) => error.SymbolResult is ArgumentResult { Tokens.Count: 0, Argument: { } missing }
        ? $"<{missing.Name}> is missing. {missing.Description}"
        : error.Message;

    private static int Help(ParseResult parsed, Terminal terminal)
    {
        var help = parsed.RootCommandResult.Command.Options.OfType<HelpOption>().Single();
        parsed.InvocationConfiguration.Output = terminal.Error;
        ((System.CommandLine.Invocation.SynchronousCommandLineAction)help.Action!).Invoke(parsed);
        return ExitCode.Usage;
    }

    private static string Unknown(string word, Command command)
    {
        if (word.StartsWith('-'))
        {
            var options = Upwards(command).SelectMany(above => above.Options.Where(option => above == command || option.Recursive));
            return $"`{PathOf(command)}` has no option {word}.{Nearest.Question(Nearest.To(word, options.Select(option => option.Name)))}";
        }

        if (command.Subcommands.Count == 0) return $"`{PathOf(command)}` does not take `{word}`.";
        var where = command.Parents.Any() ? $" in `{PathOf(command)}`" : "";
        return $"there is no verb `{word}`{where}.{Nearest.Question(Verbs(word, command).Select(verb => $"`{verb}`"))}";
    }

    /// <summary>Verbs that are spelt almost so, or called so in another group.</summary>
    private static IEnumerable<string> Verbs(string word, Command command)
    {
        string[] words = [word, .. elsewhere.GetValueOrDefault(word, [])];
        var named = command.Subcommands.Concat(command.Subcommands.SelectMany(group => group.Subcommands))
            .Where(verb => words.Contains(verb.Name, StringComparer.Ordinal)).Select(PathOf);
        var near = Nearest.To(word, command.Subcommands.Select(verb => verb.Name)).Select(name => $"{PathOf(command)} {name}");
        return near.Concat(named).Distinct(StringComparer.Ordinal);
    }

    private static string PathOf(Command command) =>
        string.Join(' ', Upwards(command).Reverse().Skip(1).Select(part => part.Name).Prepend("hatcheck"));

    private static IEnumerable<Command> Upwards(Command command)
    {
        for (var at = command; at is not null; at = at.Parents.OfType<Command>().FirstOrDefault()) yield return at;
    }
}

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Hatcheck.Platform;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Cli;

/// <summary>Reports a wrong command line in one sentence, with suggestions.</summary>
internal static class CommandLineFault
{
    /// <summary>Other tools' words for a verb, with our names.</summary>
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

    /// <summary>Reports a fault, even one that the parser took for a name; null if the line may run.</summary>
    public static int? ReportAny(ParseResult parsed, IReadOnlyList<string> words, Terminal terminal)
    {
        // The shell asks for completions with an unfinished line.
        if (
            parsed.RootCommandResult.Command is RootCommand root
            && root.Directives.Any(asked => parsed.GetResult(asked) is not null)
        )
            return null;
        var command = parsed.CommandResult.Command;
        var verb = command.Subcommands.Count > 0 ? parsed.UnmatchedTokens.FirstOrDefault(word => !word.StartsWith('-')) : null;
        // Also with --help: the help of another verb would look like an answer.
        if (verb is not null)
            return Report(Unknown(verb, command), command, terminal);
        var fault = OptionCheck.Fault(command, PathOf(command), OptionsOf(command), words);
        if (fault is not null)
            return Report(fault, command, terminal);
        return parsed.Action is ParseErrorAction ? Report(parsed, terminal) : null;
    }

    /// <summary>Prints a sentence and where to find help.</summary>
    public static int Report(string fault, Command command, Terminal terminal)
    {
        terminal.Error.WriteLine($"hatcheck: {fault}");
        terminal.Error.WriteLine($"See `{PathOf(command)} --help`.");
        return ExitCode.Usage;
    }

    /// <summary>A command line that could not be parsed.</summary>
    private static int Report(ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [var word, ..])
            return Report(Unknown(word, command), command, terminal);
        // A group without a verb: lists its verbs.
        if (command.Subcommands.Count > 0)
            return Help(parsed, terminal);
        return Report(
            string.Join("\nhatcheck: ", parsed.Errors.Select(Words).Distinct(StringComparer.Ordinal)),
            command,
            terminal
        );
    }

    private static string Words(ParseError error) =>
        error.SymbolResult is ArgumentResult { Tokens.Count: 0, Argument: { } missing }
            ? $"<{missing.Name}> is missing. {missing.Description}"
            : error.Message;

    private static int Help(ParseResult parsed, Terminal terminal)
    {
        var help = parsed.RootCommandResult.Command.Options.OfType<HelpOption>().Single();
        parsed.InvocationConfiguration.Output = terminal.Error;
        ((SynchronousCommandLineAction)help.Action!).Invoke(parsed);
        return ExitCode.Usage;
    }

    private static string Unknown(string word, Command command)
    {
        if (OptionsOf(command).Any(option => option.Name == word))
            return $"{word} belongs after the verb: `{PathOf(command)} {word}`.";
        if (command.Subcommands.Count == 0)
            return $"`{PathOf(command)}` does not take `{word}`.";
        var where = command.Parents.Any() ? $" in `{PathOf(command)}`" : "";
        return $"there is no verb `{word}`{where}.{Nearest.Question(Verbs(word, command).Select(verb => $"`{verb}`"))}";
    }

    /// <summary>Verbs of similar spelling, or of this name in another group.</summary>
    private static IEnumerable<string> Verbs(string word, Command command)
    {
        string[] words = [word, .. elsewhere.GetValueOrDefault(word, [])];
        var named = command
            .Subcommands.Concat(command.Subcommands.SelectMany(group => group.Subcommands))
            .Where(verb => words.Contains(verb.Name, StringComparer.Ordinal))
            .Select(PathOf);
        var near = Nearest.To(word, command.Subcommands.Select(verb => verb.Name)).Select(name => $"{PathOf(command)} {name}");
        return near.Concat(named).Distinct(StringComparer.Ordinal);
    }

    /// <summary>Its own options, and its parents' recursive ones.</summary>
    private static List<Option> OptionsOf(Command command) =>
        [.. Upwards(command).SelectMany(above => above.Options.Where(option => above == command || option.Recursive))];

    private static string PathOf(Command command) =>
        string.Join(' ', Upwards(command).Reverse().Skip(1).Select(part => part.Name).Prepend("hatcheck"));

    private static IEnumerable<Command> Upwards(Command command)
    {
        for (var at = command; at is not null; at = at.Parents.OfType<Command>().FirstOrDefault())
            yield return at;
    }
}

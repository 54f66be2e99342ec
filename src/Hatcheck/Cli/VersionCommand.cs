using System.CommandLine;
using System.CommandLine.Invocation;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Cli;

/// <summary><c>--version</c> as a verb, also with JSON.</summary>
internal static class VersionCommand
{
    public static Command Create(Terminal terminal)
    {
        var json = Verb.JsonOption();
        var verb = new Verb("version", "Prints the version.", "hatcheck version", "hatcheck version --json") { json };
        verb.SetAction(parsed =>
        {
            var version = Version(parsed);
            if (parsed.GetValue(json))
                terminal.WriteJson(new VersionAnswer(version), CliJson.Default.VersionAnswer);
            else
                terminal.Output.WriteLine(version);
            return ExitCode.Ok;
        });
        return verb;
    }

    /// <summary>What <c>--version</c> prints.</summary>
    private static string Version(ParseResult parsed)
    {
        using var printed = new StringWriter();
        var option = parsed.RootCommandResult.Command.Options.OfType<VersionOption>().Single();
        parsed.InvocationConfiguration.Output = printed;
        ((SynchronousCommandLineAction)option.Action!).Invoke(parsed);
        return printed.ToString().Trim();
    }
}

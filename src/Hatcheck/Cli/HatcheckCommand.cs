using System.CommandLine;
using Hatcheck.Demo;
using Hatcheck.Drill;
using Hatcheck.Ids.Verbs;
using Hatcheck.Platform;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Cli;

/// <summary>The verbs of <c>hatcheck</c>: the capabilities' and the installation's own.</summary>
internal static class HatcheckCommand
{
    private static readonly string[] Examples =
    [
        "hatcheck serve                              SQLite and a key file in ./data, http://127.0.0.1:8080",
        "hatcheck apikeys add --name bot             a key for your bot, shown once",
        "hatcheck doctor                             what is wrong, and what to do about it",
        "",
        "Settings come from --config FILE (JSON), environment variables (Database__Provider) and --set Database:Provider=…; "
            + "the later wins.",
        "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 wrong configuration or key, or nothing there, 4 database "
            + "unavailable.",
    ];

    /// <summary>Runs a command line in this process.</summary>
    public static Task<int> RunAsync(string[] args) =>
        RunAsync(new Invocation(args, Terminal.OfThisProcess(), host: null), CancellationToken.None);

    /// <summary>Runs a command line for the caller of the terminal.</summary>
    public static async Task<int> RunAsync(Invocation invocation, CancellationToken cancellation)
    {
        try
        {
            var words = new List<string>(Plain(invocation.Arguments));
            var parsed = Root(invocation).Parse([.. words], Noting(words));
            if (CommandLineFault.ReportAny(parsed, words, invocation.Terminal) is { } wrongLine)
                return wrongLine;
            try
            {
                return await parsed.InvokeAsync(Streams(invocation.Terminal.Output, invocation.Terminal.Error), cancellation);
            }
            catch (UsageException wrong)
            {
                return CommandLineFault.Report(wrong.Message, parsed.CommandResult.Command, invocation.Terminal);
            }
        }
        catch (Exception fault)
        {
            // Top of every verb: turns each fault into a message and an exit code.
            return await FaultReport.WriteAsync(fault, invocation.Terminal.Error);
        }
    }

    /// <summary>All verbs; inside the running server, only those that use its database.</summary>
    public static RootCommand Root(Invocation invocation)
    {
        var root = new RootCommand("The backend to which chat bots hand their users' data. Nothing readable is stored.");
        if (!invocation.IsHosted)
        {
            root.Add(ServeCommand.Create(invocation));
            root.Add(DemoCommand.Create(invocation));
        }

        root.Add(MigrateCommand.Create(invocation));
        foreach (var group in Groups(invocation, Capabilities.All))
            root.Add(group);
        root.Add(DoctorCommand.Create(invocation));
        root.Add(HealthCommand.Create(invocation));
        if (!invocation.IsHosted)
        {
            root.Add(DrillCommand.Create(invocation, Capabilities.All));
            root.Add(SimulatorCommand.Create(invocation.Terminal));
            root.Add(IdsCommand.Create(invocation));
            root.Add(VersionCommand.Create(invocation.Terminal));
        }

        foreach (var option in invocation.Sources.Options)
            root.Add(option);
        Verb.ShowExamples(root, Examples);
        return root;
    }

    /// <summary>The streams of a verb.</summary>
    public static InvocationConfiguration Streams(TextWriter output, TextWriter error) =>
        new()
        {
            EnableDefaultExceptionHandler = false,
            // The host of `serve` stops gracefully on a signal; a time limit would cut it short.
            ProcessTerminationTimeout = null,
            Output = output,
            Error = error,
        };

    /// <summary>
    /// The capabilities' verbs: groups sorted by name, and verbs by name within them.
    /// </summary>
    public static IEnumerable<Command> Groups(IVerbHost host, IReadOnlyList<Capability> capabilities) =>
        capabilities
            .SelectMany(capability => capability.Verbs(host))
            .GroupBy(group => group.Name, StringComparer.Ordinal)
            .OrderBy(same => same.Key, StringComparer.Ordinal)
            .Select(same =>
                Verb.Group(
                    same.Key,
                    same.First(part => part.Description is not null).Description!,
                    [.. same.SelectMany(part => part.Examples)],
                    same.SelectMany(part => part.Verbs).OrderBy(verb => verb.Name, StringComparer.Ordinal)
                )
            );

    /// <summary>Records the words of a response file (<c>@file</c>), so that they are checked like typed words.</summary>
    private static ParserConfiguration Noting(List<string> words)
    {
        var parser = new ParserConfiguration();
        if (parser.ResponseFileTokenReplacer is not { } read)
            return parser;
        parser.ResponseFileTokenReplacer = (string file, out IReadOnlyList<string>? brought, out string? fault) =>
        {
            var isRead = read(file, out brought, out fault);
            if (!isRead || brought is null || words.IndexOf($"@{file}") is not (>= 0 and var at))
                return isRead;
            words.RemoveAt(at);
            words.InsertRange(at, brought);
            return true;
        };
        return parser;
    }

    /// <summary>Turns <c>help</c>, or an empty command line, into <c>--help</c>.</summary>
    private static IReadOnlyList<string> Plain(IReadOnlyList<string> arguments) =>
        arguments switch
        {
            [] => ["--help"],
            ["help", ..] => [.. arguments.Skip(1), "--help"],
            _ => arguments,
        };
}

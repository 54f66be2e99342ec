using System.CommandLine;
using System.CommandLine.Invocation;
using Hatcheck.Server.Cli.Ids;
using Hatcheck.Server.Demo;

namespace Hatcheck.Server.Cli;

/// <summary>The verbs of <c>hatcheck</c>.</summary>
internal static class HatcheckCommand
{
    private static readonly string[] Examples =
    [
        "hatcheck serve                              SQLite and a key file in ./data, http://127.0.0.1:8080",
        "hatcheck apikeys add default --name bot     a key for your bot, shown once",
        "hatcheck doctor                             what is wrong, and what to do about it",
        "",
        "Settings come from --config FILE (JSON), environment variables (Database__Provider) and --set Database:Provider=…; the later wins.",
        "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 wrong configuration or key, 4 database unavailable.",
    ];

    /// <summary>Runs a command line in this process.</summary>
    public static Task<int> RunAsync(string[] args) => RunAsync(new Invocation(args, Terminal.OfThisProcess(), host: null), CancellationToken.None);

    /// <summary>Runs a command line for whoever is at the other end of the terminal.</summary>
    public static async Task<int> RunAsync(Invocation invocation, CancellationToken cancellation)
    {
        try
        {
            var parsed = Root(invocation).Parse(invocation.Arguments);
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // The host of `serve` stops gracefully on a signal; a time limit here would cut it short.
                ProcessTerminationTimeout = null,
                Output = invocation.Terminal.Output,
                Error = invocation.Terminal.Error,
            };
            if (parsed.Action is not ParseErrorAction) return await parsed.InvokeAsync(configuration, cancellation);
            foreach (var error in parsed.Errors) await invocation.Terminal.Error.WriteLineAsync($"hatcheck: {error.Message}");
            await invocation.Terminal.Error.WriteLineAsync($"See `{PathOf(parsed.CommandResult.Command)} --help`.");
            return ExitCode.Usage;
        }
        catch (Exception fault)
        {
            // The top of every verb: each fault becomes words and an exit code.
            return await FaultReport.WriteAsync(fault, invocation.Terminal.Error);
        }
    }

    /// <summary>All verbs; inside the running server only those that work on its database.</summary>
    public static RootCommand Root(Invocation invocation)
    {
        var root = new RootCommand("The backend to which chat bots hand their users' data. Nothing readable is stored.")
        {
            MigrateCommand.Create(invocation),
            TenantsCommand.Create(invocation),
            ApiKeysCommand.Create(invocation),
            RolesCommand.Create(invocation),
            MembersCommand.Create(invocation),
            UsersCommand.Create(invocation),
            InboxCommand.Create(invocation),
            KeysCommand.Create(invocation),
            DoctorCommand.Create(invocation),
        };
        if (!invocation.IsHosted)
        {
            root.Subcommands.Insert(0, ServeCommand.Create(invocation));
            root.Subcommands.Insert(1, DemoCommand.Create(invocation));
            root.Add(HealthCommand.Create(invocation));
            root.Add(DrillCommand.Create(invocation));
            root.Add(SimulatorCommand.Create(invocation.Terminal));
            root.Add(IdsCommand.Create(invocation));
        }

        foreach (var option in invocation.Sources.Options) root.Add(option);
        Verb.ShowExamples(root, Examples);
        return root;
    }

    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "hatcheck";
}

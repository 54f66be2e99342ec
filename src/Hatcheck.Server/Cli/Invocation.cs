using System.CommandLine;
using Hatcheck.Server.Cli.Admin;
using Hatcheck.Server.Cli.Configuration;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Telemetry;

namespace Hatcheck.Server.Cli;

/// <summary>
/// One command line being run, and its way to the database. On SQLite one process owns the file: where a server holds it, the very same verb
/// runs inside that server, which sends back what it prints.
/// </summary>
/// <param name="arguments">The command line.</param>
/// <param name="terminal">Where the verb reads and writes.</param>
/// <param name="host">The running server's services, inside which this runs; null in a process of its own.</param>
internal sealed class Invocation(IReadOnlyList<string> arguments, Terminal terminal, IServiceProvider? host)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public IReadOnlyList<string> Arguments => arguments;

    public Terminal Terminal => terminal;

    public bool IsHosted => host is not null;

    /// <summary>The options that every verb takes to find its settings.</summary>
    public ConfigurationSources Sources { get; private init; } = new();

    /// <summary>The same command line, writing elsewhere.</summary>
    public Invocation To(Terminal other) => new(arguments, other, host) { Sources = Sources };

    /// <summary>Runs a verb with the server's parts: here if nobody holds the data, else in the server that does.</summary>
    /// <param name="parsed">Says where the settings are.</param>
    /// <param name="verb">Gives the exit code.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="remote">What to send to a running server where it is not simply the same command line, and its input.</param>
    /// <param name="opening">How far the database is brought first; see <see cref="Opening"/>.</param>
    public async Task<int> WithDatabaseAsync(
        ParseResult parsed,
        Func<IServiceProvider, CancellationToken, Task<int>> verb,
        CancellationToken cancellation,
        RemoteVerb? remote = null,
        Opening opening = Opening.Ready)
    {
        if (host is not null) return await verb(host, cancellation);
        var configuration = Sources.Load(parsed);
        KnownSettings.Check(configuration);
        var folder = KnownSettings.DataFolder(configuration);
        if (!DatabaseOptions.TakesOneProcess(configuration)) return await RunHereAsync(configuration, verb, opening, cancellation);
        var request = new AdminRequest(remote?.Arguments ?? arguments, remote?.Input ?? [], terminal.Operator, terminal.Interactive, terminal.Width);
        for (var waited = TimeSpan.Zero; ; waited += Pause)
        {
            using (var mine = DataLock.TryTake(folder))
            {
                if (mine is not null) return await RunHereAsync(configuration, verb, opening, cancellation);
            }

            if (await AdminClient.TryRunAsync(folder, request, terminal, cancellation) is { } exit) return exit;
            // The holder is another verb, or a server that is starting or stopping.
            if (waited > Patience) throw new OperatorException($"Another hatcheck ({DataLock.HolderOf(folder)}) holds {folder} and does not answer. Wait for it, or end it.");
            await Task.Delay(Pause, cancellation);
        }
    }

    private async Task<int> RunHereAsync(
        IConfiguration configuration, Func<IServiceProvider, CancellationToken, Task<int>> verb, Opening opening, CancellationToken cancellation)
    {
        await using var services = Services(configuration);
        if (opening == Opening.Ready) await services.GetRequiredService<Startup>().OpenAsync(terminal.Error.WriteLine, cancellation);
        return await verb(services, cancellation);
    }

    /// <summary>What a verb uses: everything of the server below HTTP.</summary>
    public static ServiceProvider Services(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddSingleton(configuration);
        services.AddHatcheckCore(configuration);
        services.AddSafeLogging();
        return services.BuildServiceProvider();
    }
}

/// <summary>What a running server is asked to run in place of the local command line.</summary>
internal sealed record RemoteVerb(IReadOnlyList<string> Arguments, byte[] Input);

/// <summary>How far the database is brought before a verb runs.</summary>
internal enum Opening
{
    /// <summary>Schema present and this process's key the one that the data was sealed under.</summary>
    Ready,

    /// <summary>As it is: for the verbs that look into or bring up the schema.</summary>
    AsItIs,
}

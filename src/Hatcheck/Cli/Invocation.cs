using System.CommandLine;
using Hatcheck.Cli.Admin;
using Hatcheck.Cli.Configuration;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Telemetry;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Cli;

/// <summary>One command line being run; see <see cref="IVerbHost"/>.</summary>
/// <param name="arguments">The command line.</param>
/// <param name="terminal">Where the verb reads and writes.</param>
/// <param name="host">The running server's services, inside which this runs; null in a process of its own.</param>
internal sealed class Invocation(IReadOnlyList<string> arguments, Terminal terminal, IServiceProvider? host) : IVerbHost
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public IReadOnlyList<string> Arguments => arguments;

    public Terminal Terminal => terminal;

    public KnownPermissions Permissions => Composition.Permissions;

    public bool IsHosted => host is not null;

    /// <summary>The running server's services; null in a process of its own.</summary>
    public IServiceProvider? Host => host;

    /// <summary>The options that every verb takes to find its settings.</summary>
    public ConfigurationSources Sources { get; private init; } = new();

    public IVerbHost To(Terminal other) => new Invocation(arguments, other, host) { Sources = Sources };

    public string Typed(ParseResult parsed, string verb) => $"hatcheck {verb}{Sources.Repeated(parsed)}";

    public async Task<int> WithDatabaseAsync(
        ParseResult parsed,
        Func<IServiceProvider, CancellationToken, Task<int>> verb,
        CancellationToken cancellation,
        RemoteVerb? remote = null,
        Opening opening = Opening.Ready
    )
    {
        if (host is not null)
            return await verb(host, cancellation);
        var configuration = Sources.Load(parsed);
        KnownSettings.Check(configuration);
        var folder = KnownSettings.DataFolder(configuration);
        if (!DatabaseOptions.TakesOneProcess(configuration))
            return await RunHereAsync(configuration, verb, opening, cancellation);
        var request = new AdminRequest(
            remote?.Arguments ?? arguments,
            remote?.Input ?? [],
            terminal.Account,
            terminal.Interactive,
            terminal.Width
        );
        for (var waited = TimeSpan.Zero; ; waited += Pause)
        {
            // Taking the lock makes the folder, which a mistyped name must not. A first server that is starting holds it already.
            var isThere = DatabaseOptions.IsThere(folder) || DataLock.IsHeld(folder);
            if (!isThere && opening == Opening.AsItIs)
                return await RunHereAsync(configuration, verb, opening, cancellation);
            if (!isThere && opening != Opening.Create)
                throw NoInstallationException.In(folder);

            using (var mine = DataLock.TryTake(folder))
            {
                if (mine is not null)
                    return await RunHereAsync(configuration, verb, opening, cancellation);
            }

            if (await AdminClient.TryRunAsync(folder, request, terminal, cancellation) is { } exit)
                return exit;
            // The holder is another verb, or a server that is starting or stopping.
            if (waited > Patience)
                throw new OperatorException(
                    $"Another hatcheck ({DataLock.HolderOf(folder)}) holds {folder} and does not answer. Wait for it, or end it."
                );
            await Task.Delay(Pause, cancellation);
        }
    }

    private async Task<int> RunHereAsync(
        IConfiguration configuration,
        Func<IServiceProvider, CancellationToken, Task<int>> verb,
        Opening opening,
        CancellationToken cancellation
    )
    {
        await using var services = Services(configuration);
        if (opening is Opening.Ready or Opening.FirstKey)
            await services
                .GetRequiredService<Startup>()
                .OpenAsync(terminal.Error.WriteLine, mayBegin: opening == Opening.FirstKey, cancellation);
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

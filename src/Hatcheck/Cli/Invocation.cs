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
/// <param name="host">Services of the running server, if the verb runs inside it; null in a separate process.</param>
internal sealed class Invocation(IReadOnlyList<string> arguments, Terminal terminal, IServiceProvider? host) : IVerbHost
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public IReadOnlyList<string> Arguments => arguments;

    public Terminal Terminal => terminal;

    public KnownPermissions Permissions => Composition.Permissions;

    public bool IsHosted => host is not null;

    /// <summary>Services of the running server; null in a separate process.</summary>
    public IServiceProvider? Host => host;

    /// <summary>The options with which every verb finds its settings.</summary>
    public ConfigurationSources Sources { get; private init; } = new();

    public IVerbHost To(Terminal other) => new Invocation(arguments, other, host) { Sources = Sources };

    public string Typed(ParseResult parsed, string verb) => $"hatcheck {verb}{Sources.Repeated(parsed)}";

    public async Task<int> WithDatabaseAsync(
        ParseResult parsed,
        Func<IServiceProvider, CancellationToken, Task<int>> verb,
        CancellationToken cancellation,
        RemoteVerb? remote = null,
        DatabaseAccess access = DatabaseAccess.Ready
    )
    {
        if (host is not null)
            return await verb(host, cancellation);
        var configuration = Sources.Load(parsed);
        KnownSettings.Check(configuration);
        var folder = KnownSettings.DataFolder(configuration);
        if (!DatabaseOptions.TakesOneProcess(configuration))
            return await RunHereAsync(configuration, verb, access, cancellation);
        var request = new AdminRequest(
            remote?.Arguments ?? arguments,
            remote?.Input ?? [],
            terminal.Account,
            terminal.Interactive,
            terminal.Width
        );
        for (var waited = TimeSpan.Zero; ; waited += Pause)
        {
            // Taking the lock creates the folder, which a mistyped name must not. A first server that starts already holds it.
            var isThere = DatabaseOptions.IsThere(folder) || DataLock.IsHeld(folder);
            if (!isThere && access == DatabaseAccess.AsItIs)
                return await RunHereAsync(configuration, verb, access, cancellation);
            if (!isThere && access != DatabaseAccess.Create)
                throw NoInstallationException.In(folder);

            using (var mine = DataLock.TryTake(folder))
            {
                if (mine is not null)
                    return await RunHereAsync(configuration, verb, access, cancellation);
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
        DatabaseAccess access,
        CancellationToken cancellation
    )
    {
        await using var services = Services(configuration);
        if (access is DatabaseAccess.Ready or DatabaseAccess.FirstKey)
            await services
                .GetRequiredService<Startup>()
                .OpenAsync(terminal.Error.WriteLine, mayBegin: access == DatabaseAccess.FirstKey, cancellation);
        return await verb(services, cancellation);
    }

    /// <summary>The services for a verb: all of the server's below HTTP.</summary>
    public static ServiceProvider Services(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddSingleton(configuration);
        services.AddHatcheckCore(configuration);
        services.AddSafeLogging();
        return services.BuildServiceProvider();
    }
}

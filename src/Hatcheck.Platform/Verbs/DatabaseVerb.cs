using System.CommandLine;

namespace Hatcheck.Platform.Verbs;

/// <summary>A verb on the installation's database; it has <c>--json</c>.</summary>
internal class DatabaseVerb : Verb
{
    private readonly Option<bool> json = JsonOption();

    public DatabaseVerb(IVerbHost host, string name, string description, params string[] examples)
        : base(name, description, examples)
    {
        Host = host;
        Add(json);
    }

    /// <summary>The required state of the database.</summary>
    public DatabaseAccess Access { get; init; } = DatabaseAccess.Ready;

    protected IVerbHost Host { get; }

    /// <summary>Sets the verb's action, which returns its exit code.</summary>
    public void Does(Func<VerbRun, CancellationToken, Task<int>> run) =>
        SetAction((parsed, cancellation) => RunAsync(Host, parsed, run, null, cancellation));

    /// <summary>Runs it for a host, possibly as another command line in a running server.</summary>
    public Task<int> RunAsync(
        IVerbHost host,
        ParseResult parsed,
        Func<VerbRun, CancellationToken, Task<int>> run,
        RemoteVerb? remote,
        CancellationToken cancellation
    ) =>
        host.WithDatabaseAsync(
            parsed,
            (services, stop) => run(new VerbRun(parsed, host.Terminal, services, Json(parsed)), stop),
            cancellation,
            remote,
            Access
        );

    public bool Json(ParseResult parsed) => parsed.GetValue(json);
}

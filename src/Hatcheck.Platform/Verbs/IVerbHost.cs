using System.CommandLine;
using Hatcheck.Platform.Http;

namespace Hatcheck.Platform.Verbs;

/// <summary>
/// One command line being run, and its way to the database. On SQLite one process owns the file: where a server holds it, the
/// very same verb runs inside that server, which sends back what it prints.
/// </summary>
internal interface IVerbHost
{
    /// <summary>Where the verb reads and writes.</summary>
    Terminal Terminal { get; }

    /// <summary>What callers may be granted.</summary>
    KnownPermissions Permissions { get; }

    /// <summary>The same command line, writing elsewhere.</summary>
    IVerbHost To(Terminal other);

    /// <summary>
    /// Another verb as it is typed for the same installation: <c>hatcheck VERB --data …</c>, if that was given.
    /// </summary>
    string Typed(ParseResult parsed, string verb);

    /// <summary>
    /// Runs a verb with the server's services: here if no process holds the data, else in the server that does.
    /// </summary>
    /// <param name="parsed">Says where the settings are.</param>
    /// <param name="verb">Returns the exit code.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="remote">What to send to a running server where it is not simply the same command line, and its input.</param>
    /// <param name="opening">How far the database is brought first.</param>
    Task<int> WithDatabaseAsync(
        ParseResult parsed,
        Func<IServiceProvider, CancellationToken, Task<int>> verb,
        CancellationToken cancellation,
        RemoteVerb? remote = null,
        Opening opening = Opening.Ready
    );
}

/// <summary>What a running server is asked to run in place of the local command line.</summary>
internal sealed record RemoteVerb(IReadOnlyList<string> Arguments, byte[] Input);

/// <summary>How far the database is brought before a verb runs, and whether the verb may begin an installation.</summary>
internal enum Opening
{
    /// <summary>
    /// The installation is there: schema present, and this process's key the one that the data was sealed under.
    /// </summary>
    Ready,

    /// <summary>The same, but a database that has no key yet gets this process's: for the first tenant.</summary>
    FirstKey,

    /// <summary>As it is, or not there: for verbs that only look. Creates no file.</summary>
    AsItIs,

    /// <summary>As it is; the verb creates what is missing.</summary>
    Create,
}

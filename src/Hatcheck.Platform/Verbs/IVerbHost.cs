using System.CommandLine;
using Hatcheck.Platform.Http;

namespace Hatcheck.Platform.Verbs;

/// <summary>
/// One command line being run, and its access to the database. On SQLite one process owns the file: if that is a server,
/// the same verb runs inside it, and its output is sent back.
/// </summary>
internal interface IVerbHost
{
    /// <summary>The verb's input and output.</summary>
    Terminal Terminal { get; }

    /// <summary>The permissions that callers can be granted.</summary>
    KnownPermissions Permissions { get; }

    /// <summary>The same command line, with other output.</summary>
    IVerbHost To(Terminal other);

    /// <summary>
    /// Returns the command line of another verb for the same installation: <c>hatcheck VERB --data …</c>, if <c>--data</c>
    /// was given.
    /// </summary>
    string Typed(ParseResult parsed, string verb);

    /// <summary>
    /// Runs a verb with the server's services: here if no process holds the data, else in the server that does.
    /// </summary>
    /// <param name="parsed">The command line, which locates the settings.</param>
    /// <param name="verb">The verb; returns the exit code.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <param name="remote">The command line and input to send to a running server, if not the same as here.</param>
    /// <param name="access">The required state of the database.</param>
    Task<int> WithDatabaseAsync(
        ParseResult parsed,
        Func<IServiceProvider, CancellationToken, Task<int>> verb,
        CancellationToken cancellation,
        RemoteVerb? remote = null,
        DatabaseAccess access = DatabaseAccess.Ready
    );
}

/// <summary>The command line that a running server should run instead of the local one.</summary>
internal sealed record RemoteVerb(IReadOnlyList<string> Arguments, byte[] Input);

/// <summary>The state of the database that a verb requires, and whether the verb may begin an installation.</summary>
internal enum DatabaseAccess
{
    /// <summary>The installation exists: the schema is current, and the data was sealed under this process's key.</summary>
    Ready,

    /// <summary>Same, but a database without a key gets this process's: for the first tenant.</summary>
    FirstKey,

    /// <summary>As it is, or absent: for read-only verbs. Creates no file.</summary>
    AsItIs,

    /// <summary>As it is; the verb creates what is missing.</summary>
    Create,
}

namespace Hatcheck.Client;

/// <summary>
/// Hatcheck refused a call. The message names the status, the stable code and the trace id, never a body, a key, a person's
/// id or the address that was called, so it may be logged.
/// </summary>
public class HatcheckException : Exception
{
    private static readonly IReadOnlyDictionary<string, string[]> NoErrors = new Dictionary<string, string[]>(
        StringComparer.Ordinal
    );

    internal HatcheckException(
        string message,
        string code,
        int? status,
        string? traceId,
        IReadOnlyDictionary<string, string[]>? errors,
        Guid? user = null
    )
        : base(message)
    {
        User = user;
        Code = code;
        Status = status;
        TraceId = traceId;
        Errors = errors ?? NoErrors;
    }

    /// <summary>
    /// The stable code (<see cref="Contracts.ProblemCodes"/>), or <c>client.…</c> where the fault lies before any answer.
    /// </summary>
    public string Code { get; }

    /// <summary>The HTTP status; null if there was no answer.</summary>
    public int? Status { get; }

    /// <summary>Finds the request in the server's log; null if the answer carried none.</summary>
    public string? TraceId { get; }

    /// <summary>
    /// With <see cref="Contracts.ProblemCodes.UserDeleted"/>, where the call named the person by a messenger id: whom to
    /// restore or erase.
    /// </summary>
    public Guid? User { get; }

    /// <summary>The server's messages per field, by JSON path; empty unless a body or parameter was wrong.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; }
}

/// <summary>
/// Hatcheck cannot be reached, is overloaded, or asks for patience (429, 502, 503, 504, time-out, broken connection): the
/// same call may succeed after a while. Whether a write that got no answer was carried out is unknown.
/// </summary>
public sealed class HatcheckUnavailableException : HatcheckException
{
    internal HatcheckUnavailableException(string message, string code, int? status, string? traceId, TimeSpan? retryAfter)
        : base(message, code, status, traceId, errors: null) => RetryAfter = retryAfter;

    /// <summary>How long the server asked to wait; null if it did not say.</summary>
    public TimeSpan? RetryAfter { get; }
}

/// <summary>The codes that this client makes itself, where no answer of Hatcheck carries one.</summary>
public static class ClientCodes
{
    /// <summary>No connection, or it broke.</summary>
    public const string Unreachable = "client.unreachable";

    /// <summary>No answer within the time-out.</summary>
    public const string TimedOut = "client.timed_out";

    /// <summary>An answer that is not Hatcheck's: a proxy's page, a cut-off body, a member missing.</summary>
    public const string UnreadableAnswer = "client.unreadable_answer";
}

namespace Hatcheck.Client;

/// <summary>
/// Hatcheck refused a call. The message is safe to log: it names the status, the stable code and the trace id, never a
/// body, a key, a user's id or the address called.
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
    /// The stable code (<see cref="Contracts.ProblemCodes"/>), or <c>client.…</c> if no answer carries one.
    /// </summary>
    public string Code { get; }

    /// <summary>The HTTP status; null if there was no answer.</summary>
    public int? Status { get; }

    /// <summary>Identifies the request in the server's log; null if the answer had none.</summary>
    public string? TraceId { get; }

    /// <summary>
    /// The user to restore or erase, with <see cref="Contracts.ProblemCodes.UserDeleted"/> to a call by messenger id.
    /// </summary>
    public Guid? User { get; }

    /// <summary>The server's messages by JSON path; empty unless a body or parameter was wrong.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; }
}

/// <summary>
/// Hatcheck cannot be reached, is overloaded, or limits the caller (429, 502, 503, 504, time-out, broken connection): the
/// same call may succeed later. A write without an answer may or may not have been carried out.
/// </summary>
public sealed class HatcheckUnavailableException : HatcheckException
{
    internal HatcheckUnavailableException(string message, string code, int? status, string? traceId, TimeSpan? retryAfter)
        : base(message, code, status, traceId, errors: null) => RetryAfter = retryAfter;

    /// <summary>The pause that the server asked for; null if it named none.</summary>
    public TimeSpan? RetryAfter { get; }
}

/// <summary>The client's own codes, for faults without an answer from Hatcheck.</summary>
public static class ClientCodes
{
    /// <summary>No connection, or it broke.</summary>
    public const string Unreachable = "client.unreachable";

    /// <summary>No answer within the time-out.</summary>
    public const string TimedOut = "client.timed_out";

    /// <summary>An answer that is not Hatcheck's: a proxy's page, a cut-off body, a member missing.</summary>
    public const string UnreadableAnswer = "client.unreadable_answer";
}

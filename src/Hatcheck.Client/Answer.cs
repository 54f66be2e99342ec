using System.Text.Json;
using Hatcheck.Contracts;

namespace Hatcheck.Client;

/// <summary>The answer to one attempt.</summary>
internal sealed class Answer(int status, byte[] body, TimeSpan? retryAfter)
{
    private const int LongestLabel = 64;

    private readonly ProblemResponse? problem = status is >= 200 and < 300 ? null : ReadProblem(body);

    public int Status => status;

    public byte[] Body => body;

    public TimeSpan? RetryAfter => retryAfter;

    public bool IsSuccess => status is >= 200 and < 300;

    public string? Code => Label(problem?.Code);

    /// <summary>
    /// True for an outage or a requested pause, or while an earlier attempt of the same write is still running.
    /// </summary>
    public bool IsTransient => IsOutage || Code == ProblemCodes.IdempotencyInFlight;

    private bool IsOutage => status is 408 or 429 or 502 or 503 or 504;

    public HatcheckException ToException()
    {
        var code = Code ?? ClientCodes.UnreadableAnswer;
        var trace = Label(problem?.TraceId);
        var message = $"Hatcheck answered {status} {code}{(trace is null ? "" : $" (trace {trace})")}.";
        return IsOutage
            ? new HatcheckUnavailableException(message, code, status, trace, retryAfter)
            : new HatcheckException(message, code, status, trace, problem?.Errors, problem?.UserId);
    }

    private static ProblemResponse? ReadProblem(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ProblemJson.Default.ProblemResponse);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A proxy may answer anything: only text that looks like a code or a trace id gets into a message.
    private static string? Label(string? text) =>
        text is { Length: > 0 and <= LongestLabel } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? text
            : null;
}

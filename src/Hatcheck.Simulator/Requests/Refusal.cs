namespace Hatcheck.Simulator.Requests;

/// <summary>
/// Telegram's answer to a call that it refuses. An exception, so that it ends the call from any depth of a nested
/// argument; it never leaves <see cref="BotApi.BotApiEndpoint"/>.
/// </summary>
internal sealed class Refusal(int code, string description, int? retryAfter = null) : Exception(description)
{
    public int Code { get; } = code;

    public string Description { get; } = description;

    /// <summary>Seconds; becomes <c>parameters.retry_after</c>.</summary>
    public int? RetryAfter { get; } = retryAfter;

    public static Refusal BadRequest(string what) => new(400, $"Bad Request: {what}");

    public static Refusal Conflict(string what) => new(409, $"Conflict: {what}");

    public static Refusal TooManyRequests(int seconds) => new(429, $"Too Many Requests: retry after {seconds}", seconds);

    public static Refusal Unauthorized() => new(401, "Unauthorized");

    public static Refusal NotFound() => new(404, "Not Found");
}

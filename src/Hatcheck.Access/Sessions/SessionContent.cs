using System.Text.Json.Serialization;

namespace Hatcheck.Access.Sessions;

/// <summary>Details of a session for its owner, sealed under the key of the user or member.</summary>
/// <param name="Way">
/// How it was started: <c>telegram.login</c>, <c>telegram.webapp</c>, <c>service</c> or <c>exchange</c>.
/// </param>
/// <param name="Address">The client's address, if known.</param>
/// <param name="UserAgent">The client's <c>User-Agent</c>, shortened, if sent.</param>
internal sealed record SessionContent(string Way, string? Address, string? UserAgent)
{
    private const int LongestAgent = 256;

    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(SessionContent)} {{ Way = {Way} }}";

    /// <summary>The content for a request by the client itself.</summary>
    public static SessionContent Of(string way, HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress is { } remote ? BoundAddress.Plain(remote).ToString() : null;
        return new SessionContent(way, address, ShortAgent(context.Request.Headers.UserAgent.ToString()));
    }

    /// <summary>Headers may hold anything: an unprintable one is left out, not refused.</summary>
    private static string? ShortAgent(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var kept = string.Concat(text.Where(letter => letter is >= ' ' and <= '~'));
        return kept.Length <= LongestAgent ? kept : kept[..LongestAgent];
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(SessionContent))]
internal sealed partial class SessionContentJson : JsonSerializerContext;

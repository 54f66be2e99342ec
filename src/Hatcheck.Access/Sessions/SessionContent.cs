using System.Text.Json.Serialization;

namespace Hatcheck.Access.Sessions;

/// <summary>What a session tells its owner of itself; kept sealed under the key of the person or member.</summary>
/// <param name="Way">How it was begun: <c>telegram.login</c>, <c>telegram.webapp</c>, <c>service</c> or <c>exchange</c>.</param>
/// <param name="Address">The client's address, if it is known.</param>
/// <param name="UserAgent">The client's <c>User-Agent</c>, shortened; if it sent one.</param>
internal sealed record SessionContent(string Way, string? Address, string? UserAgent)
{
    private const int LongestAgent = 256;

    /// <summary>Masked.</summary>
    public override string ToString() => $"{nameof(SessionContent)} {{ Way = {Way} }}";

    /// <summary>Of a request that the client itself makes.</summary>
    public static SessionContent Of(string way, HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress is { } remote ? BoundAddress.Plain(remote).ToString() : null;
        return new SessionContent(way, address, ShortAgent(context.Request.Headers.UserAgent.ToString()));
    }

    /// <summary>A header is no promise of text: what can't be kept is left out rather than refused.</summary>
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

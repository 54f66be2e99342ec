using System.Text;

namespace Hatcheck.Drill.Search;

/// <summary>A value that must be found nowhere, or only in its expected places.</summary>
/// <param name="Name">A description for the report, never the value.</param>
/// <param name="Bytes">The value.</param>
/// <param name="Owner">The tenant whose callers may see it in their own answers; null for none.</param>
/// <param name="ExpectedPlaces">The places where it is by design, such as the index value in the identities table.</param>
internal sealed record Canary(string Name, byte[] Bytes, string? Owner, IReadOnlyList<ExpectedPlace> ExpectedPlaces)
{
    public static Canary Of(string name, string value, string? owner, params ExpectedPlace[] expectedPlaces) =>
        new(name, Encoding.UTF8.GetBytes(value), owner, expectedPlaces);

    /// <summary>The value as text; null for a key of random bytes.</summary>
    public string? Text { get; } = TextOf(Bytes);

    /// <summary>True for a marker that must be found: it proves that the place was searched.</summary>
    public bool IsControl { get; init; }

    public bool MayBeIn(Spot spot) =>
        (Owner is not null && spot.Audience == Owner)
        || ExpectedPlaces.Any(place => place.Sink == spot.Sink && spot.Name.StartsWith(place.Place, StringComparison.Ordinal));

    private static string? TextOf(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? null : text;
    }
}

/// <summary>A place where a canary is by design.</summary>
/// <param name="Sink">The sink's name.</param>
/// <param name="Place">Prefix of the place's name within the sink; empty for the whole sink.</param>
internal sealed record ExpectedPlace(string Sink, string Place = "");

/// <summary>A place that is searched: a column, a file, an answer.</summary>
/// <param name="Sink">The name of the sink.</param>
/// <param name="Name">The part of the sink.</param>
/// <param name="Audience">For an answer, the tenant that received it; may contain its canaries.</param>
internal sealed record Spot(string Sink, string Name, string? Audience = null);

/// <summary>A canary that was found.</summary>
/// <param name="Sink">The name of the sink.</param>
/// <param name="Place">The part of the sink.</param>
/// <param name="Canary">Its name, never its value.</param>
/// <param name="Form">Its spelling, for example <c>base64 → reversed</c>.</param>
/// <param name="Times">The number of occurrences.</param>
internal sealed record Find(string Sink, string Place, string Canary, string Form, int Times);

using System.Text;

namespace Hatcheck.Drill.Search;

/// <summary>Something that must be found nowhere, or only where it belongs.</summary>
/// <param name="Name">What it is, for the report: never the value.</param>
/// <param name="Bytes">The value.</param>
/// <param name="Owner">The tenant whose callers may see it in their own answers; null for nobody.</param>
/// <param name="Belongs">Where it is by design, such as the index value in the identities table.</param>
internal sealed record Canary(string Name, byte[] Bytes, string? Owner, IReadOnlyList<Belonging> Belongs)
{
    public static Canary Of(string name, string value, string? owner, params Belonging[] belongs) =>
        new(name, Encoding.UTF8.GetBytes(value), owner, belongs);

    /// <summary>The value as text; null for a key of random bytes.</summary>
    public string? Text { get; } = TextOf(Bytes);

    /// <summary>True for a marker that proves that a place was really looked at: it has to be found.</summary>
    public bool IsControl { get; init; }

    public bool MayBeIn(Spot spot) =>
        (Owner is not null && spot.Audience == Owner)
        || Belongs.Any(home => home.Sink == spot.Sink && spot.Name.StartsWith(home.Place, StringComparison.Ordinal));

    private static string? TextOf(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? null : text;
    }
}

/// <summary>A place where a canary is by design.</summary>
/// <param name="Sink">The sink's name.</param>
/// <param name="Place">How the place's name in it begins; empty for all of it.</param>
internal sealed record Belonging(string Sink, string Place = "");

/// <summary>A place that is searched: a column, a file, an answer.</summary>
/// <param name="Sink">The name of the sink.</param>
/// <param name="Name">Which part of it.</param>
/// <param name="Audience">The tenant that the bytes were given to, for an answer; its own canaries may be in them.</param>
internal sealed record Spot(string Sink, string Name, string? Audience = null);

/// <summary>A canary that was found.</summary>
/// <param name="Sink">Where.</param>
/// <param name="Place">Which part of it.</param>
/// <param name="Canary">Its name, never its value.</param>
/// <param name="Form">How it was spelt, for example <c>base64 → reversed</c>.</param>
/// <param name="Times">How often.</param>
internal sealed record Find(string Sink, string Place, string Canary, string Form, int Times);

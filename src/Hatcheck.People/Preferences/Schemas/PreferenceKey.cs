using System.Text.Json;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>The kind of a value, by JSON Schema's names.</summary>
internal enum ValueKind
{
    String,
    Integer,
    Number,
    Boolean,
    Array,
}

/// <summary>The range of a value: the subset of JSON Schema that docs/concepts/preferences.md describes.</summary>
internal sealed record ValueRange(ValueKind Kind)
{
    public const int LongestText = 4000;
    public const int DefaultLongestText = 256;
    public const int MostItems = 100;
    public const int DefaultMostItems = 20;

    /// <summary>The permitted values; null if not enumerated.</summary>
    public IReadOnlyList<JsonElement>? Enum { get; init; }

    public decimal? Minimum { get; init; }

    public decimal? Maximum { get; init; }

    public int MinLength { get; init; }

    public int MaxLength { get; init; } = DefaultLongestText;

    /// <summary>See <see cref="ValueFormats"/>.</summary>
    public string? Format { get; init; }

    public ValueRange? Items { get; init; }

    public int MaxItems { get; init; } = DefaultMostItems;

    public bool UniqueItems { get; init; }
}

/// <summary>One preference: a leaf of the document, by its path.</summary>
/// <param name="Path">
/// <c>notifications.quiet_hours.start</c>: names of <c>a-z 0-9 _</c>, so that dots are unambiguous.
/// </param>
/// <param name="Range">The permitted values.</param>
/// <param name="Default">The value if no one has set one.</param>
/// <param name="Personal">
/// Whether its values reveal something about a user: then they are for the user alone, never for analytics.
/// </param>
/// <param name="BuiltIn">False for a tenant's own key.</param>
internal sealed record PreferenceKey(string Path, ValueRange Range, JsonElement Default, bool Personal, bool BuiltIn);

/// <summary>A value that does not conform to a newer schema, with the reason.</summary>
internal sealed record Unfit(string Key, JsonElement Value, string Reason)
{
    public const string Dropped = "The schema dropped this key.";
}

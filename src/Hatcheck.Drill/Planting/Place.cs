using System.Text.Json;

namespace Hatcheck.Drill.Planting;

/// <summary>A leaf of an operation's input, which takes a value.</summary>
/// <param name="Operation">The operation's id.</param>
/// <param name="Where"><c>path</c>, <c>query</c>, <c>header</c>, <c>cookie</c> or <c>body</c>.</param>
/// <param name="Name">
/// The parameter, or the path of the member: <c>code</c>, <c>attributes.{name}</c> (a key), <c>attributes.*</c> (a value),
/// <c>items[].id</c>.
/// </param>
/// <param name="Schema">The schema of its value.</param>
/// <param name="IsRequired">True if every request needs it.</param>
internal sealed record Place(string Operation, string Where, string Name, JsonElement Schema, bool IsRequired)
{
    /// <summary>Its name in lists and reports.</summary>
    public string Key => $"{Operation} {Slot}";

    /// <summary>Its name within the operation.</summary>
    public string Slot => $"{Where} {Name}";

    public bool IsString => HasType("string") || Has("enum") || Has("pattern");

    /// <summary>True for a key of a map, not its value.</summary>
    public bool IsKey => Name.EndsWith('}');

    public string? Format => Text("format");

    public string? Pattern => Text("pattern");

    public int? MinLength => Number("minLength");

    public int? MaxLength => Number("maxLength");

    public IReadOnlyList<string> Choices =>
        Schema.ValueKind == JsonValueKind.Object && Schema.TryGetProperty("enum", out var choices)
            ? [.. choices.EnumerateArray().Select(choice => choice.ToString())]
        : Schema.ValueKind == JsonValueKind.Object && Schema.TryGetProperty("const", out var only) ? [only.ToString()]
        : [];

    /// <summary>True if the document allows any text.</summary>
    public bool IsFree => Pattern is null && Format is null && Choices.Count == 0;

    public bool HasType(string type) =>
        Schema.ValueKind == JsonValueKind.Object
        && Schema.TryGetProperty("type", out var given)
        && (
            given.ValueKind == JsonValueKind.String
                ? given.GetString() == type
                : given.EnumerateArray().Any(one => one.GetString() == type)
        );

    public int? Number(string keyword) =>
        Schema.ValueKind == JsonValueKind.Object
        && Schema.TryGetProperty(keyword, out var number)
        && number.ValueKind == JsonValueKind.Number
            ? (int)Math.Clamp(number.GetDouble(), int.MinValue, int.MaxValue)
            : null;

    private bool Has(string keyword) => Schema.ValueKind == JsonValueKind.Object && Schema.TryGetProperty(keyword, out _);

    private string? Text(string keyword) =>
        Schema.ValueKind == JsonValueKind.Object && Schema.TryGetProperty(keyword, out var text) ? text.GetString() : null;
}

using System.Globalization;
using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.Platform;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>Checks a value against its range. A fault is a sentence that never repeats the value.</summary>
internal static class ValueCheck
{
    // Longer numbers are useless to a user and cannot be compared exactly.
    private const int LongestNumber = 32;

    /// <summary>
    /// The requirement that the value misses; null if it conforms. Histories store it, so it reveals only the value's
    /// kind.
    /// </summary>
    public static string? Fault(ValueRange range, JsonElement value) =>
        range.Kind == ValueKind.Array ? Items(range, value)
        : Fits(range, value) && IsChoice(range, value) ? null
        : Form(range, value) + Instead(range, value) + ".";

    /// <summary>
    /// " Did you mean …?" for a text that does not conform, for its sender only; empty if nothing is close.
    /// </summary>
    public static string Meant(ValueRange range, JsonElement value) =>
        (range, value.ValueKind) switch
        {
            ({ Items: { } each }, JsonValueKind.Array) => value
                .EnumerateArray()
                .Where(item => Fault(each, item) is not null)
                .Select(item => Meant(each, item))
                .FirstOrDefault(""),
            ({ Kind: ValueKind.String, Enum: { } choices }, JsonValueKind.String) => Nearest.Ask(
                value.GetString()!,
                choices.Select(choice => choice.GetString()!)
            ),
            ({ Format: { } format }, JsonValueKind.String) => Nearest.Question(
                ValueFormats.ByName[format].Meant(value.GetString()!)
            ),
            _ => "",
        };

    /// <summary>The kind of a value in words.</summary>
    public static string Given(JsonValueKind kind) =>
        kind switch
        {
            JsonValueKind.Number => "a number",
            JsonValueKind.String => "a string",
            JsonValueKind.True or JsonValueKind.False => "true or false",
            JsonValueKind.Array => "an array",
            JsonValueKind.Object => "an object",
            _ => "null",
        };

    private static bool Fits(ValueRange range, JsonElement value) =>
        range.Kind switch
        {
            ValueKind.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            ValueKind.Integer => IsShortNumber(value) && value.TryGetInt64(out var number) && InRange(range, number),
            ValueKind.Number => IsShortNumber(value) && value.TryGetDecimal(out var number) && InRange(range, number),
            _ => IsText(range, value)
                && (range.Format is not { } format || ValueFormats.ByName[format].Accepts(value.GetString()!)),
        };

    private static bool IsChoice(ValueRange range, JsonElement value) =>
        range.Enum is not { } allowed || allowed.Any(one => JsonElement.DeepEquals(one, value));

    // A list of choices needs no further form.
    private static string Form(ValueRange range, JsonElement value) =>
        range switch
        {
            { Enum: { } allowed } => $"One of {string.Join(", ", allowed.Select(one => one.GetRawText()))}",
            { Kind: ValueKind.Boolean } => "True or false",
            { Kind: ValueKind.Integer } => $"A whole number{Between(range)}",
            { Kind: ValueKind.Number } => $"A number{Between(range)}",
            { Format: { } format } when value.ValueKind != JsonValueKind.String || IsText(range, value) => ValueFormats
                .ByName[format]
                .Form.TrimEnd('.'),
            { MinLength: > 0 } => $"Text of {range.MinLength} to {range.MaxLength} characters, without control characters",
            _ => $"Text of at most {range.MaxLength} characters, without control characters",
        };

    private static string Instead(ValueRange range, JsonElement value)
    {
        if (IsOfKind(range.Kind, value.ValueKind))
            return "";
        return (IsQuoted(range.Kind, value) ? ", without quotes" : "") + $", got {Given(value.ValueKind)}";
    }

    private static bool IsOfKind(ValueKind kind, JsonValueKind given) =>
        kind switch
        {
            ValueKind.Boolean => given is JsonValueKind.True or JsonValueKind.False,
            ValueKind.Integer or ValueKind.Number => given == JsonValueKind.Number,
            ValueKind.Array => given == JsonValueKind.Array,
            _ => given == JsonValueKind.String,
        };

    // Whether the value would have the right kind without its quotes.
    private static bool IsQuoted(ValueKind kind, JsonElement value) =>
        value.ValueKind == JsonValueKind.String
        && kind switch
        {
            ValueKind.Boolean => bool.TryParse(value.GetString(), out _),
            ValueKind.Integer or ValueKind.Number => decimal.TryParse(
                value.GetString(),
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out _
            ),
            _ => false,
        };

    private static bool IsShortNumber(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.GetRawText().Length <= LongestNumber;

    // JSON Schema counts characters (RFC 8259), not UTF-16 units: an emoji is one.
    private static bool IsText(ValueRange range, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            return false;
        var text = value.GetString()!;
        return PrintableAttribute.IsPrintable(text)
            && text.EnumerateRunes().Count() is var length
            && length >= range.MinLength
            && length <= range.MaxLength;
    }

    private static string? Items(ValueRange range, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > range.MaxItems)
            return $"A list of at most {range.MaxItems}{Instead(range, value)}.";
        var items = value.EnumerateArray().ToList();
        foreach (var item in items)
        {
            if (Fault(range.Items!, item) is { } fault)
                return $"Each item: {fault}";
        }

        for (var i = 1; range.UniqueItems && i < items.Count; i++)
        {
            if (items[..i].Exists(before => JsonElement.DeepEquals(before, items[i])))
                return "Each item once.";
        }

        return null;
    }

    private static bool InRange(ValueRange range, decimal number) => !(number < range.Minimum) && !(number > range.Maximum);

    private static string Between(ValueRange range) =>
        (range.Minimum, range.Maximum) switch
        {
            ({ } low, { } high) => string.Create(CultureInfo.InvariantCulture, $", {low} to {high}"),
            ({ } low, null) => string.Create(CultureInfo.InvariantCulture, $", {low} or more"),
            (null, { } high) => string.Create(CultureInfo.InvariantCulture, $", {high} or less"),
            _ => "",
        };
}

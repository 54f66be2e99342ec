using System.Globalization;
using System.Text.Json;
using Hatcheck.Server.Platform.Http;

namespace Hatcheck.Server.Preferences.Schemas;

/// <summary>Holds a value against its range. What is wrong is told in a sentence that never repeats the value.</summary>
internal static class ValueCheck
{
    // Longer numbers say nothing more to a person and can't be compared exactly.
    private const int LongestNumber = 32;

    /// <summary>What the value must be and isn't; null if it fits.</summary>
    public static string? Fault(ValueRange range, JsonElement value)
    {
        var fault = range.Kind switch
        {
            ValueKind.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "True or false.",
            ValueKind.Integer => Integer(range, value),
            ValueKind.Number => Number(range, value),
            ValueKind.String => Text(range, value),
            _ => Items(range, value),
        };
        if (fault is not null || range.Enum is not { } allowed) return fault;
        return allowed.Any(one => JsonElement.DeepEquals(one, value)) ? null : $"One of {string.Join(", ", allowed.Select(one => one.GetRawText()))}.";
    }

    private static string? Integer(ValueRange range, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.GetRawText().Length <= LongestNumber && value.TryGetInt64(out var number) && InRange(range, number)
            ? null
            : $"A whole number{Between(range)}.";

    private static string? Number(ValueRange range, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.GetRawText().Length <= LongestNumber && value.TryGetDecimal(out var number) && InRange(range, number)
            ? null
            : $"A number{Between(range)}.";

    private static string? Text(ValueRange range, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String || BoundedText.Accept(value.GetString()!, range.MaxLength) is not { } text || text.Length < range.MinLength)
        {
            return range.MinLength > 0
                ? $"Text of {range.MinLength} to {range.MaxLength} characters, without control characters."
                : $"Text of at most {range.MaxLength} characters, without control characters.";
        }

        return range.Format is { } format && ValueFormats.ByName[format] is var (accepts, form) && !accepts(text) ? form : null;
    }

    private static string? Items(ValueRange range, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > range.MaxItems) return $"A list of at most {range.MaxItems}.";
        var items = value.EnumerateArray().ToList();
        foreach (var item in items)
        {
            if (Fault(range.Items!, item) is { } fault) return $"Each item: {fault}";
        }

        for (var i = 1; range.UniqueItems && i < items.Count; i++)
        {
            if (items[..i].Exists(before => JsonElement.DeepEquals(before, items[i]))) return "Each item once.";
        }

        return null;
    }

    private static bool InRange(ValueRange range, decimal number) => !(number < range.Minimum) && !(number > range.Maximum);

    private static string Between(ValueRange range) => (range.Minimum, range.Maximum) switch
    {
        ({ } low, { } high) => string.Create(CultureInfo.InvariantCulture, $", {low} to {high}"),
        ({ } low, null) => string.Create(CultureInfo.InvariantCulture, $", {low} or more"),
        (null, { } high) => string.Create(CultureInfo.InvariantCulture, $", {high} or less"),
        _ => "",
    };
}

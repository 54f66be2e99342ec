using System.Text.Json;
using Hatcheck.Platform;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>Reads the range of one value: <c>type</c> and its keywords.</summary>
internal static class RangeReader
{
    private const int MostChoices = 100;
    private const int LongestChoice = 256;

    // Beyond this, JavaScript and other languages may not represent a number exactly.
    private const decimal Largest = 9_007_199_254_740_991;

    /// <summary>Reads the range; null if it is too wrong to check values against.</summary>
    /// <param name="schema">An object.</param>
    /// <param name="field">Its field in the request.</param>
    /// <param name="also">Keywords that the calling code reads itself.</param>
    /// <param name="faults">Collects the faults.</param>
    public static ValueRange? Read(JsonElement schema, string field, IReadOnlyList<string> also, DocumentFaults faults)
    {
        var type =
            schema.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        var before = faults.Count;
        ValueRange? range;
        switch (type)
        {
            case "string":
                SchemaReader.Keywords(schema, field, [.. also, "enum", "minLength", "maxLength", "format"], faults);
                range = Text(schema, field, faults);
                break;
            case "integer" or "number":
                SchemaReader.Keywords(schema, field, [.. also, "enum", "minimum", "maximum"], faults);
                range = Number(schema, field, type == "integer" ? ValueKind.Integer : ValueKind.Number, faults);
                break;
            case "boolean":
                SchemaReader.Keywords(schema, field, also, faults);
                return new ValueRange(ValueKind.Boolean);
            case "array":
                SchemaReader.Keywords(schema, field, [.. also, "items", "maxItems", "uniqueItems"], faults);
                return List(schema, field, faults);
            default:
                faults.Add($"{field}.type", SchemaReader.UnknownType + Nearest.Ask(type ?? "", SchemaReader.AllTypes));
                return null;
        }

        return faults.Count == before ? Choices(schema, field, range, faults) : null;
    }

    private static ValueRange Text(JsonElement schema, string field, DocumentFaults faults)
    {
        var most = Whole(schema, field, "maxLength", 1, ValueRange.LongestText, ValueRange.DefaultLongestText, faults);
        var least = Whole(schema, field, "minLength", 0, most, 0, faults);
        string? format = null;
        if (schema.TryGetProperty("format", out var named))
        {
            format = named.ValueKind == JsonValueKind.String ? named.GetString() : null;
            var formats = ValueFormats.ByName.Keys.Order(StringComparer.Ordinal);
            if (format is null || !ValueFormats.ByName.ContainsKey(format))
                faults.Add($"{field}.format", $"One of {string.Join(", ", formats)}.{Nearest.Ask(format ?? "", formats)}");
        }

        return new ValueRange(ValueKind.String)
        {
            MinLength = least,
            MaxLength = most,
            Format = format,
        };
    }

    private static ValueRange Number(JsonElement schema, string field, ValueKind kind, DocumentFaults faults)
    {
        var low = Bound(schema, field, "minimum", faults);
        var high = Bound(schema, field, "maximum", faults);
        if (low > high)
            faults.Add($"{field}.maximum", "Not below minimum.");
        return new ValueRange(kind) { Minimum = low ?? -Largest, Maximum = high ?? Largest };
    }

    private static ValueRange? List(JsonElement schema, string field, DocumentFaults faults)
    {
        var most = Whole(schema, field, "maxItems", 1, ValueRange.MostItems, ValueRange.DefaultMostItems, faults);
        var unique = false;
        if (schema.TryGetProperty("uniqueItems", out var flag))
        {
            if (ValueCheck.Fault(new ValueRange(ValueKind.Boolean), flag) is { } fault)
                faults.Add($"{field}.uniqueItems", fault);
            unique = flag.ValueKind == JsonValueKind.True;
        }

        if (!schema.TryGetProperty("items", out var items) || items.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"{field}.items", "The schema of each item.");
            return null;
        }

        if (items.TryGetProperty("type", out var type) && type.ValueEquals("array"))
        {
            faults.Add($"{field}.items.type", "Lists hold texts, numbers, true or false.");
            return null;
        }

        return Read(items, $"{field}.items", ["type"], faults) is { } each
            ? new ValueRange(ValueKind.Array)
            {
                Items = each,
                MaxItems = most,
                UniqueItems = unique,
            }
            : null;
    }

    private static ValueRange? Choices(JsonElement schema, string field, ValueRange range, DocumentFaults faults)
    {
        if (!schema.TryGetProperty("enum", out var named))
            return range;
        var choices = named.ValueKind == JsonValueKind.Array ? named.EnumerateArray().ToList() : [];
        if (
            choices.Count is 0 or > MostChoices
            || choices.Exists(one => ValueCheck.Fault(range, one) is not null || one.GetRawText().Length > LongestChoice)
        )
        {
            faults.Add(
                $"{field}.enum",
                $"1 to {MostChoices} values of the type and range, each of at most {LongestChoice} characters."
            );
            return null;
        }

        if (choices.Where((one, at) => choices[..at].Exists(other => JsonElement.DeepEquals(one, other))).Any())
            faults.Add($"{field}.enum", "Each value once.");
        return range with { Enum = choices.ConvertAll(one => one.Clone()) };
    }

    private static int Whole(
        JsonElement schema,
        string field,
        string keyword,
        int low,
        int high,
        int absent,
        DocumentFaults faults
    )
    {
        if (!schema.TryGetProperty(keyword, out var named))
            return absent;
        if (named.ValueKind == JsonValueKind.Number && named.TryGetInt32(out var value) && value >= low && value <= high)
            return value;
        var whole = new ValueRange(ValueKind.Integer) { Minimum = low, Maximum = high };
        faults.Add($"{field}.{keyword}", ValueCheck.Fault(whole, named)!);
        return absent;
    }

    private static decimal? Bound(JsonElement schema, string field, string keyword, DocumentFaults faults)
    {
        if (!schema.TryGetProperty(keyword, out var named))
            return null;
        if (
            named.ValueKind == JsonValueKind.Number
            && named.GetRawText().Length <= 32
            && named.TryGetDecimal(out var value)
            && Math.Abs(value) <= Largest
        )
            return value;
        var any = new ValueRange(ValueKind.Number) { Minimum = -Largest, Maximum = Largest };
        faults.Add($"{field}.{keyword}", ValueCheck.Fault(any, named)!);
        return null;
    }
}

using System.Text.Json;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>
/// Reads <c>properties</c> of a schema: the subset of JSON Schema (2020-12) that docs/concepts/preferences.md describes,
/// and <c>personal</c>. An unknown keyword is a fault, never ignored: a tenant must not rely on a range that is not
/// checked.
/// </summary>
internal static class SchemaReader
{
    /// <summary>The most keys of a tenant's own.</summary>
    public const int MostKeys = 200;

    private const int Deepest = 4;
    private const int LongestDescription = 500;
    private const string Types = "string, integer, number, boolean or array";

    private static readonly string[] leafKeywords = ["type", "description", "default", "personal"];

    /// <summary>Reads the keys of a <c>properties</c> object; faults use the field's name in the request.</summary>
    /// <param name="properties">The object.</param>
    /// <param name="field">Its field in the request, such as <c>properties</c>.</param>
    /// <param name="builtIn">Whether the keys are built in.</param>
    /// <param name="faults">Collects the faults.</param>
    public static List<PreferenceKey> Keys(JsonElement properties, string field, bool builtIn, DocumentFaults faults)
    {
        var keys = new List<PreferenceKey>();
        Group(properties, field, "", builtIn, keys, faults);
        if (keys.Count > MostKeys)
            faults.Add(field, $"At most {MostKeys} keys.");
        return keys;
    }

    private static void Group(
        JsonElement properties,
        string field,
        string path,
        bool builtIn,
        List<PreferenceKey> keys,
        DocumentFaults faults
    )
    {
        if (properties.ValueKind != JsonValueKind.Object)
        {
            faults.Add(field, $"An object, a schema for each name; got {ValueCheck.Given(properties.ValueKind)}.");
            return;
        }

        foreach (var member in properties.EnumerateObject())
        {
            if (!DocumentFaults.IsName(member.Name))
            {
                faults.Add(field, "Names are 1 to 64 of a-z 0-9 _ and begin with a letter.");
                continue;
            }

            Member(
                member.Value,
                DocumentFaults.Join(field, member.Name),
                DocumentFaults.Join(path, member.Name),
                builtIn,
                keys,
                faults
            );
        }
    }

    private static void Member(
        JsonElement schema,
        string field,
        string path,
        bool builtIn,
        List<PreferenceKey> keys,
        DocumentFaults faults
    )
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            faults.Add(field, $"A schema is an object, got {ValueCheck.Given(schema.ValueKind)}.");
            return;
        }

        var type =
            schema.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        var depth = path.Count(letter => letter == '.') + 1;
        if (type == "object")
        {
            Keywords(schema, field, ["type", "description", "properties"], faults);
            Description(schema, field, faults);
            if (depth == Deepest)
                faults.Add(field, $"Keys are at most {Deepest} names deep.");
            else if (!schema.TryGetProperty("properties", out var members))
                faults.Add($"{field}.properties", "It is missing.");
            else
                Group(members, $"{field}.properties", path, builtIn, keys, faults);
            return;
        }

        if (depth == 1)
        {
            faults.Add($"{field}.type", "object: at the top are categories.");
            return;
        }

        if (RangeReader.Read(schema, field, leafKeywords, faults) is not { } range)
            return;
        Description(schema, field, faults);
        var personal = Personal(schema, field, faults);
        if (!schema.TryGetProperty("default", out var value))
            faults.Add($"{field}.default", "It is missing: every key needs a value for users who set none.");
        else if (ValueCheck.Fault(range, value) is { } fault)
            faults.Add($"{field}.default", () => fault + ValueCheck.Meant(range, value));
        else
            keys.Add(new PreferenceKey(path, range, value.Clone(), personal, builtIn));
    }

    /// <summary>Reports members that are not supported keywords.</summary>
    public static void Keywords(JsonElement schema, string field, IEnumerable<string> known, DocumentFaults faults)
    {
        var names = known.ToHashSet(StringComparer.Ordinal);
        foreach (var member in schema.EnumerateObject())
        {
            if (names.Contains(member.Name))
                continue;
            var all = names.Order(StringComparer.Ordinal);
            faults.Add(field, () => $"Keywords here are {string.Join(", ", all)}.{Nearest.Ask(member.Name, all)}");
        }
    }

    public static readonly string[] AllTypes = ["string", "integer", "number", "boolean", "array", "object"];

    public static string UnknownType => $"One of {Types}; object for a group of keys.";

    private static void Description(JsonElement schema, string field, DocumentFaults faults)
    {
        if (
            schema.TryGetProperty("description", out var text)
            && (text.ValueKind != JsonValueKind.String || BoundedText.Accept(text.GetString()!, LongestDescription) is null)
        )
            faults.Add($"{field}.description", $"Text of at most {LongestDescription} characters, without control characters.");
    }

    private static bool Personal(JsonElement schema, string field, DocumentFaults faults)
    {
        if (!schema.TryGetProperty("personal", out var flag))
            return false;
        if (ValueCheck.Fault(new ValueRange(ValueKind.Boolean), flag) is { } fault)
            faults.Add($"{field}.personal", fault);
        return flag.ValueKind == JsonValueKind.True;
    }
}

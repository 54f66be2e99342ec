using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Hatcheck.People.Tests.Preferences;

/// <summary>
/// A schema of our subset, written out in standard JSON Schema 2020-12: what we take as said is said. JsonSchema.Net judges by
/// it.
/// </summary>
internal sealed class StandardSchema
{
    private const long Largest = 9_007_199_254_740_991;

    private static readonly EvaluationOptions strict = new() { RequireFormatValidation = true };

    private readonly JsonSchema schema;

    private StandardSchema(JsonNode written) =>
        schema = JsonSchema.Build(Element(written), new BuildOptions { SchemaRegistry = new() });

    /// <summary>Of one key.</summary>
    public static StandardSchema OfKey(JsonElement key) => new(Key(Node(key)));

    /// <summary>Of a document of categories and keys. A member that is null counts as absent.</summary>
    public static StandardSchema OfDocument(JsonElement properties) => new(Group(Node(properties)));

    /// <summary>Whether the meta-schema of the draft takes a key's schema, as the tenant wrote it.</summary>
    public static bool IsWellFormed(JsonElement key) => MetaSchemas.Draft202012.Evaluate(key, strict).IsValid;

    public bool Accepts(JsonElement value)
    {
        try
        {
            return schema.Evaluate(value, strict).IsValid;
        }
        catch (FormatException)
        {
            // To tell items apart, JsonSchema.Net reads them as decimals, which 1e400 is not. No bound takes it anyway.
            return false;
        }
    }

    /// <summary>
    /// What we refuse on purpose and the standard accepts; docs/concepts/preferences.md lists the same. Null if there is no such
    /// difference, and then both must judge alike.
    /// </summary>
    public static string? StricterOn(JsonElement key, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            return key.TryGetProperty("items", out var items)
                ? value.EnumerateArray().Select(item => StricterOn(items, item)).FirstOrDefault(one => one is not null)
                : null;
        }

        var isInteger = key.GetProperty("type").ValueEquals("integer");
        return value.ValueKind switch
        {
            JsonValueKind.Number when isInteger && value.GetRawText().AsSpan().ContainsAny(".eE") =>
                "integers have no fraction and no exponent",
            JsonValueKind.Number when value.GetRawText().Length > 32 => "numbers have at most 32 characters",
            JsonValueKind.String when value.GetString()!.Any(letter => char.IsControl(letter) && letter is not ('\n' or '\t')) =>
                "texts have no control characters but tab and line feed",
            _ => null,
        };
    }

    private static JsonObject Group(JsonObject properties)
    {
        var members = new JsonObject();
        foreach (var (name, member) in properties)
        {
            var written = member!.AsObject();
            var isGroup = (string?)written["type"] == "object";
            JsonNode said = isGroup ? Group(written["properties"]!.AsObject()) : Key(written);
            members[name] = new JsonObject { ["anyOf"] = new JsonArray(said, new JsonObject { ["type"] = "null" }) };
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = members,
            ["additionalProperties"] = false,
        };
    }

    private static JsonObject Key(JsonObject key)
    {
        var said = key.DeepClone().AsObject();
        said.Remove("personal");
        switch ((string?)said["type"])
        {
            case "string":
                said.TryAdd("maxLength", 256);
                Format(said);
                break;
            case "integer" or "number":
                said.TryAdd("minimum", -Largest);
                said.TryAdd("maximum", Largest);
                break;
            case "array":
                said.TryAdd("maxItems", 20);
                said["items"] = Key(said["items"]!.AsObject());
                break;
        }

        return said;
    }

    // The standard knows dates; its times have seconds and a zone. The lists of languages and zones have tests of their own.
    private static void Format(JsonObject said)
    {
        switch ((string?)said["format"])
        {
            case "time":
                said.Remove("format");
                said["pattern"] = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
                break;
            case ("language" or "time-zone") and var format:
                said.Remove("format");
                JsonNode known = new JsonArray([.. SchemaDraws.Known[format].Select(text => (JsonNode)text)]);
                said["allOf"] = new JsonArray(new JsonObject { ["enum"] = known });
                break;
        }
    }

    private static JsonObject Node(JsonElement element) => JsonNode.Parse(element.GetRawText())!.AsObject();

    private static JsonElement Element(JsonNode node) => JsonDocument.Parse(node.ToJsonString()).RootElement;
}

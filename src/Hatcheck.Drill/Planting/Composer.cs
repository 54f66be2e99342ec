using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hatcheck.Drill.Planting;

/// <summary>
/// A request, not yet sent. Separate from HttpClient's own, so that it can be sent again with one part replaced.
/// </summary>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query.</param>
/// <param name="Label">Name in the report: a template, never a canary.</param>
/// <param name="Headers">Besides authorization.</param>
/// <param name="Body">As text, which need not match its type.</param>
/// <param name="BodyType">The content type.</param>
internal sealed record Draft(
    string Method,
    string Target,
    string Label,
    IReadOnlyDictionary<string, string> Headers,
    string? Body,
    string? BodyType
)
{
    public static Draft Get(string target, string label) =>
        new("GET", target, label, new Dictionary<string, string>(StringComparer.Ordinal), null, null);

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(new HttpMethod(Method), new Uri(Target, UriKind.Relative));
        foreach (var (name, value) in Headers)
            message.Headers.TryAddWithoutValidation(name, value);
        if (Body is null)
            return message;
        message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body));
        message.Content.Headers.TryAddWithoutValidation("Content-Type", BodyType);
        return message;
    }
}

/// <summary>Builds an operation's request from a value for each place.</summary>
internal sealed class Composer(ApiDocument document)
{
    /// <summary>Stands for a lone surrogate, which no JSON library writes; replaced once the body is text.</summary>
    public const string HalfACharacter = "\uE0D8";

    /// <summary>Puts the values in their places (<see cref="Place.Slot"/>); omits a place without a value.</summary>
    public Draft Compose(Operation operation, IReadOnlyDictionary<string, JsonNode?> values)
    {
        var target = operation.Path;
        var query = new StringBuilder();
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var place in operation.Places.Where(place => place.Where != "body" && values.ContainsKey(place.Slot)))
        {
            var text = values[place.Slot] switch
            {
                JsonValue value when value.TryGetValue<string>(out var word) => word,
                null => "",
                var other => other.ToJsonString(),
            };
            if (place.Where == "path")
                target = target.Replace($"{{{place.Name}}}", Uri.EscapeDataString(text), StringComparison.Ordinal);
            else if (place.Where == "query")
                query
                    .Append(query.Length == 0 ? '?' : '&')
                    .Append(Uri.EscapeDataString(place.Name))
                    .Append('=')
                    .Append(Uri.EscapeDataString(text));
            else if (place.Where == "header")
                headers[place.Name] = text;
            else
                headers["Cookie"] = $"{place.Name}={Uri.EscapeDataString(text)}";
        }

        return new Draft(
            operation.Method,
            target + query,
            $"{operation.Method} {operation.Path}",
            headers,
            Body(operation, values),
            operation.BodyType
        );
    }

    private string? Body(Operation operation, IReadOnlyDictionary<string, JsonNode?> values)
    {
        if (!operation.HasBody)
            return null;
        var byName = operation
            .Places.Where(place => place.Where == "body" && values.ContainsKey(place.Slot))
            .ToDictionary(place => place.Name, place => values[place.Slot], StringComparer.Ordinal);
        if (!operation.IsJson)
            return byName.Values.FirstOrDefault()?.ToString() ?? "";
        var text = (Node(operation.Body!.Value, "", byName) ?? new JsonObject()).ToJsonString();
        return text.Replace("\\uE0D8", "\\ud800", StringComparison.OrdinalIgnoreCase)
            .Replace(HalfACharacter, "\\ud800", StringComparison.Ordinal);
    }

    private JsonNode? Node(JsonElement given, string name, Dictionary<string, JsonNode?> values)
    {
        if (values.TryGetValue(name.Length == 0 ? "$" : name, out var whole))
            return whole?.DeepClone();
        var schema = document.Resolve(given);
        if (schema.ValueKind != JsonValueKind.Object)
            return null;
        JsonObject? made = null;
        foreach (var keyword in (string[])["allOf", "oneOf", "anyOf"])
        {
            if (!schema.TryGetProperty(keyword, out var parts))
                continue;
            foreach (var part in parts.EnumerateArray())
            {
                var node = Node(part, name, values);
                if (node is not JsonObject members)
                    return node;
                made ??= [];
                foreach (var (key, value) in members)
                    made[key] = value?.DeepClone();
                if (keyword != "allOf")
                    break;
            }
        }

        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var member in properties.EnumerateObject())
            {
                if (Node(member.Value, name.Length == 0 ? member.Name : $"{name}.{member.Name}", values) is { } node)
                    (made ??= [])[member.Name] = node;
            }
        }

        if (schema.TryGetProperty("items", out var items))
            return Node(items, $"{name}[]", values) is { } item ? new JsonArray(item) : null;
        var keyName = name.Length == 0 ? "{name}" : $"{name}.{{name}}";
        if (
            schema.TryGetProperty("additionalProperties", out var more)
            && more.ValueKind == JsonValueKind.Object
            && values.TryGetValue(keyName, out var keyNode)
            && keyNode is not null
            && Node(more, name.Length == 0 ? "*" : $"{name}.*", values) is { } mapped
        )
        {
            (made ??= [])[keyNode is JsonValue text && text.TryGetValue<string>(out var word) ? word : keyNode.ToJsonString()] =
                mapped;
        }

        return made;
    }
}

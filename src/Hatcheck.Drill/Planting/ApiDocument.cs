using System.Text.Json;

namespace Hatcheck.Drill.Planting;

/// <summary>An operation of the served document.</summary>
/// <param name="Id">Its <c>operationId</c>; else method and path.</param>
/// <param name="Method">In upper case.</param>
/// <param name="Path">The template.</param>
/// <param name="Places">Every leaf of its input.</param>
/// <param name="BodyType">The content type of the body; null if it takes none.</param>
/// <param name="Body">The resolved schema of a JSON body.</param>
internal sealed record Operation(
    string Id,
    string Method,
    string Path,
    IReadOnlyList<Place> Places,
    string? BodyType,
    JsonElement? Body
)
{
    public bool HasBody => BodyType is not null;

    public bool IsJson => BodyType is not null && BodyType.Contains("json", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Reads every input of a caller from the server's OpenAPI document.</summary>
internal sealed class ApiDocument
{
    private const int DeepestBody = 8;
    private static readonly string[] Methods = ["get", "post", "put", "patch", "delete", "head", "options"];
    private readonly JsonElement root;

    public ApiDocument(JsonElement root)
    {
        this.root = root;
        Operations =
        [
            .. from path in root.GetProperty("paths").EnumerateObject()
            from method in path.Value.EnumerateObject()
            where Methods.Contains(method.Name, StringComparer.Ordinal)
            select Read(path.Name, path.Value, method),
        ];
    }

    public IReadOnlyList<Operation> Operations { get; }

    /// <summary>Follows references.</summary>
    public JsonElement Resolve(JsonElement schema)
    {
        while (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference))
        {
            var target = root;
            foreach (var part in reference.GetString()!.TrimStart('#', '/').Split('/'))
                target = target.GetProperty(
                    part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)
                );
            schema = target;
        }

        return schema;
    }

    private Operation Read(string path, JsonElement item, JsonProperty method)
    {
        var id = method.Value.TryGetProperty("operationId", out var given) ? given.GetString()! : $"{method.Name} {path}";
        var places = new List<Place>();
        foreach (var owner in (JsonElement[])[item, method.Value])
        {
            if (!owner.TryGetProperty("parameters", out var parameters))
                continue;
            foreach (var parameter in parameters.EnumerateArray().Select(Resolve))
            {
                var schema = parameter.TryGetProperty("schema", out var declared) ? Resolve(declared) : default;
                places.Add(
                    new Place(
                        id,
                        parameter.GetProperty("in").GetString()!,
                        parameter.GetProperty("name").GetString()!,
                        schema,
                        parameter.TryGetProperty("required", out var required) && required.GetBoolean()
                    )
                );
            }
        }

        if (
            !method.Value.TryGetProperty("requestBody", out var body) || !Resolve(body).TryGetProperty("content", out var content)
        )
            return new Operation(id, method.Name.ToUpperInvariant(), path, places, null, null);
        var type = content.EnumerateObject().First();
        var bodySchema = type.Value.TryGetProperty("schema", out var found) ? Resolve(found) : default;
        var operation = new Operation(id, method.Name.ToUpperInvariant(), path, places, type.Name, bodySchema);
        if (operation.IsJson)
            places.AddRange(Leaves(id, bodySchema, "", required: true, DeepestBody));
        else
            places.Add(new Place(id, "body", $"({type.Name})", bodySchema, IsRequired: true));
        return operation;
    }

    private IEnumerable<Place> Leaves(string operation, JsonElement given, string name, bool required, int depth)
    {
        var schema = Resolve(given);
        if (depth == 0 || schema.ValueKind != JsonValueKind.Object)
        {
            yield return new Place(operation, "body", name.Length == 0 ? "$" : name, schema, required);
            yield break;
        }

        var parts = Parts(schema).ToList();
        foreach (
            var leaf in parts
                .SelectMany(part => Leaves(operation, part, name, required, depth - 1))
                .DistinctBy(leaf => leaf.Name, StringComparer.Ordinal)
        )
            yield return leaf;
        if (schema.TryGetProperty("properties", out var properties))
        {
            var needed = schema.TryGetProperty("required", out var list)
                ? list.EnumerateArray().Select(one => one.GetString()).ToHashSet(StringComparer.Ordinal)
                : [];
            foreach (var member in properties.EnumerateObject())
            {
                foreach (
                    var leaf in Leaves(
                        operation,
                        member.Value,
                        Join(name, member.Name),
                        required && needed.Contains(member.Name),
                        depth - 1
                    )
                )
                    yield return leaf;
            }
        }
        else if (schema.TryGetProperty("items", out var items))
        {
            foreach (var leaf in Leaves(operation, items, $"{name}[]", required, depth - 1))
                yield return leaf;
        }
        else if (
            parts.Count == 0
            && !(schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind == JsonValueKind.Object)
        )
        {
            yield return new Place(operation, "body", name.Length == 0 ? "$" : name, schema, required);
        }

        if (!schema.TryGetProperty("additionalProperties", out var values) || values.ValueKind != JsonValueKind.Object)
            yield break;
        yield return new Place(
            operation,
            "body",
            Join(name, "{name}"),
            schema.TryGetProperty("propertyNames", out var names) ? Resolve(names) : AnyName,
            required
        );
        foreach (var leaf in Leaves(operation, values, Join(name, "*"), required, depth - 1))
            yield return leaf;
    }

    private static IEnumerable<JsonElement> Parts(JsonElement schema) =>
        from keyword in (string[])["allOf", "oneOf", "anyOf"]
        where schema.TryGetProperty(keyword, out _)
        from part in schema.GetProperty(keyword).EnumerateArray()
        where !(part.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "null")
        select part;

    // A key without a schema: letters, like a name.
    private static readonly JsonElement AnyName = JsonDocument
        .Parse("""{"type":"string","pattern":"^[a-z0-9]{1,40}$"}""")
        .RootElement;

    private static string Join(string name, string member) => name.Length == 0 ? member : $"{name}.{member}";
}

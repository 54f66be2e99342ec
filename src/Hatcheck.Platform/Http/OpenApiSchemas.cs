using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Describes the document's schemas: the bounds from the contracts' attributes, and which members are always present.
/// </summary>
internal static class OpenApiSchemas
{
    public const string Problem = "Problem";

    public static Task TransformAsync(
        OpenApiSchema schema,
        OpenApiSchemaTransformerContext context,
        CancellationToken cancellation
    )
    {
        var type = context.JsonTypeInfo.Type;
        if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(DateTimeOffset))
            (schema.Type, schema.Format) = (JsonSchemaType.String, "date-time");
        if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(int))
            (schema.Type, schema.Format, schema.Pattern) = (JsonSchemaType.Integer, "int32", null);
        // Absent members are left out; null is never sent.
        if (schema.Type is { } types)
            schema.Type = types & ~JsonSchemaType.Null;
        if (type == typeof(JsonObject))
            schema.Examples = [JsonNode.Parse("""{ "interface": { "theme": "dark" } }""")!];
        if (context.JsonPropertyInfo is { } property)
            Bound(schema, [.. RequestBounds.AttributesOf(property)]);
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object)
            Members(schema, context.JsonTypeInfo);

        return Task.CompletedTask;
    }

    /// <summary>Written by hand, because no endpoint returns it as its result type.</summary>
    public static OpenApiSchema OfProblem() =>
        new()
        {
            Type = JsonSchemaType.Object,
            Description = "An error (RFC 9457). `code` is stable; docs/reference/errors.md explains each.",
            Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "detail", "code", "trace_id" },
            Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
            {
                ["type"] = Text(
                    "The page that explains the code: a path on the server that responded (RFC 9457 §3.1.1).",
                    "/docs/errors/user.not_found"
                ),
                ["title"] = Text("What the code means.", "There is no such user."),
                ["status"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Format = "int32",
                    Description = "The HTTP status.",
                    Examples = [404],
                },
                ["detail"] = Text("What to do; never a user's data.", "This tenant has no such user."),
                ["code"] = Text("Stable.", ProblemCodes.UserNotFound),
                ["trace_id"] = Text("Finds the request in the server's log.", "4bf92f3577b34da6a3ce929d0e0e4736"),
                ["user_id"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Format = "uuid",
                    Description =
                        "With `user.deleted`, where the request named the user by an identity: the user to restore or "
                        + "erase.",
                },
                ["errors"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Description = "Messages per field: `attributes.lang`, a parameter's name, or `$` for the body as a whole.",
                    AdditionalProperties = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Array,
                        Items = new OpenApiSchema { Type = JsonSchemaType.String },
                    },
                },
            },
        };

    private static void Members(OpenApiSchema schema, JsonTypeInfo info)
    {
        if (info.Type.GetCustomAttribute<RequestAttribute>() is { } request)
        {
            schema.AdditionalPropertiesAllowed = false;
            schema.Required = info
                .Properties.Where(member => RequestBounds.AttributesOf(member).OfType<RequiredAttribute>().Any())
                .Select(member => member.Name)
                .ToHashSet(StringComparer.Ordinal);
            schema.Examples = [JsonNode.Parse(request.Example)!];
            return;
        }

        // Later versions may add members to responses.
        schema.AdditionalPropertiesAllowed = true;
        schema.Required = info
            .Properties.Where(member =>
                member.PropertyType.IsValueType ? Nullable.GetUnderlyingType(member.PropertyType) is null : !member.IsGetNullable
            )
            .Select(member => member.Name)
            .ToHashSet(StringComparer.Ordinal);
    }

    // Adds what the framework leaves out of the contracts' attributes.
    private static void Bound(OpenApiSchema schema, IReadOnlyList<object> attributes)
    {
        if (attributes.OfType<RangeAttribute>().Any(range => range.Maximum is int.MaxValue))
            schema.Maximum = null;
        if (attributes.OfType<AllowedValuesAttribute>().SingleOrDefault() is { } allowed)
            schema.Enum = [.. allowed.Values.Select(value => JsonValue.Create((string)value!))];
        if (schema.MinLength == 0)
            schema.MinLength = null;
        if (attributes.OfType<OpenObjectAttribute>().Any())
            (schema.Type, schema.AdditionalPropertiesAllowed) = (JsonSchemaType.Object, true);
        if (attributes.OfType<FactsAttribute>().SingleOrDefault() is not { } facts)
            return;
        schema.MaxProperties = facts.Most;
        if (schema.AdditionalProperties is OpenApiSchema value)
            value.MaxLength = facts.Longest;
    }

    private static OpenApiSchema Text(string description, string example) =>
        new()
        {
            Type = JsonSchemaType.String,
            Description = description,
            Examples = [example],
        };
}

using System.Net.Mime;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;

namespace Hatcheck.People.Preferences;

/// <summary>An object of groups and keys, or a merge patch of one, checked as strictly as a typed body.</summary>
internal sealed class PreferenceBody : IBoundParameter
{
    private PreferenceBody(JsonElement document) => Document = document;

    private PreferenceBody(Problem fault) => Fault = fault;

    /// <summary>An object of valid names and texts, if <see cref="Fault"/> is null.</summary>
    public JsonElement Document { get; }

    public Problem? Fault { get; }

    public static async ValueTask<PreferenceBody> BindAsync(HttpContext context)
    {
        MergePatch.CheckMediaType(context.Request);
        // Buffered, since a fault needs a second pass; the server limits a body's size.
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var text = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        if (text.Span.Trim(" \t\r\n"u8).IsEmpty)
            return new PreferenceBody(BodyFaults.Missing(context));
        try
        {
            var options = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
            buffer.Position = 0;
            var type = (JsonTypeInfo<JsonElement>)options.GetTypeInfo(typeof(JsonElement));
            return Of(await JsonSerializer.DeserializeAsync(buffer, type, context.RequestAborted), text.Span, context);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            if (DocumentScan.Fault(text.Span) is { } problem)
                return new PreferenceBody(problem);
            // A duplicate name with a lone surrogate fails during the comparison of names, not as a JsonException.
            var json = fault as JsonException ?? new JsonException();
            throw new BadHttpRequestException("The body is not JSON.", StatusCodes.Status400BadRequest, json);
        }
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new AcceptsMetadata([MediaTypeNames.Application.Json, MergePatch.ContentType], typeof(JsonObject), isOptional: false)
        );

    private static PreferenceBody Of(JsonElement body, ReadOnlySpan<byte> text, HttpContext context) =>
        body.ValueKind switch
        {
            JsonValueKind.Null => new PreferenceBody(BodyFaults.Missing(context)),
            JsonValueKind.Object when JsonText.IsReadable(body) => new PreferenceBody(body),
            JsonValueKind.Object => new PreferenceBody(DocumentScan.Fault(text) ?? DocumentScan.NotUnicode(FieldNames.Body)),
            var given => new PreferenceBody(
                Problems.Malformed(
                    $"Expected an object, got {ValueCheck.Given(given)}: groups of keys, "
                        + """such as {"interface":{"theme":"dark"}}.""",
                    FieldNames.Body
                )
            ),
        };
}

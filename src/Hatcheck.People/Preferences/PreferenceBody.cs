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

/// <summary>An object of groups and keys, or a merge patch of one, held to all that a typed body is held to.</summary>
internal sealed class PreferenceBody : IBoundParameter
{
    private PreferenceBody(JsonElement document) => Document = document;

    private PreferenceBody(Problem fault) => Fault = fault;

    /// <summary>An object of readable names and texts, where there is no <see cref="Fault"/>.</summary>
    public JsonElement Document { get; }

    public Problem? Fault { get; }

    public static async ValueTask<PreferenceBody> BindAsync(HttpContext context)
    {
        MergePatch.CheckMediaType(context.Request);
        // Kept whole, since a fault is looked for a second time; the server bounds a body.
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
            // A doubled name with a lone surrogate in it fails while names are compared, and not as JSON does.
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
                    $$$"""Expected an object, got {{{ValueCheck.Given(given)}}}: groups of keys, as {"interface":{"theme":"dark"}}.""",
                    FieldNames.Body
                )
            ),
        };
}

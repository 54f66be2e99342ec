using System.Net.Mime;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hatcheck.Server.Platform.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Preferences;

/// <summary>A document of categories and keys, or a merge patch of one: an object, held to all that a typed body is held to.</summary>
internal sealed class PreferenceBody(JsonElement document) : IEndpointParameterMetadataProvider
{
    public JsonElement Document => document;

    public static async ValueTask<PreferenceBody> BindAsync(HttpContext context)
    {
        MergePatch.CheckMediaType(context.Request);
        var options = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        try
        {
            var body = await JsonSerializer.DeserializeAsync(context.Request.Body, (JsonTypeInfo<JsonElement>)options.GetTypeInfo(typeof(JsonElement)), context.RequestAborted);
            if (body.ValueKind != JsonValueKind.Object || !JsonText.IsReadable(body)) throw new JsonException();
            return new PreferenceBody(body);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // A doubled name with a lone surrogate in it fails while names are compared, and not as JSON does.
            throw new BadHttpRequestException("The body is not an object of preferences.", StatusCodes.Status400BadRequest, fault as JsonException ?? new JsonException());
        }
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata([MediaTypeNames.Application.Json, MergePatch.ContentType], typeof(System.Text.Json.Nodes.JsonObject), isOptional: false));
}

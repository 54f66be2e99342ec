using System.Net.Mime;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Hatcheck.Platform.Http;

/// <summary>
/// JSON Merge Patch, RFC 7396 §2: a named member is set, null removes it, objects are merged, everything else is replaced.
/// </summary>
internal static class MergePatch
{
    public const string ContentType = "application/merge-patch+json";

    /// <summary>Returns the patched value. May modify <paramref name="target"/>; never modifies the patch.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var result = target as JsonObject ?? [];
        foreach (var (name, change) in changes)
        {
            result.Remove(name, out var present);
            if (change is not null)
                result[name] = Apply(present, change);
        }

        return result;
    }

    /// <summary>Refuses (415) a body whose Content-Type is neither merge patch nor JSON.</summary>
    public static void CheckMediaType(HttpRequest request)
    {
        var media = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        if (
            !MediaTypeNames.Application.Json.Equals(media, StringComparison.OrdinalIgnoreCase)
            && !ContentType.Equals(media, StringComparison.OrdinalIgnoreCase)
        )
            throw new BadHttpRequestException(
                "The body does not say that it is a merge patch.",
                StatusCodes.Status415UnsupportedMediaType
            );
    }
}

/// <summary>
/// The body of a PATCH, as a merge patch of a resource written as <typeparamref name="T"/>. All members of T are nullable,
/// so a patch has T's own form. It is checked as strictly as any body before anything is read from the database.
/// </summary>
internal sealed class MergePatch<T> : IEndpointParameterMetadataProvider
    where T : class
{
    private readonly JsonTypeInfo<T> type;
    private readonly JsonObject changes;

    private MergePatch(JsonTypeInfo<T> type, byte[] body)
    {
        this.type = type;
        // Read as T first: that names a wrong member, and ensures complete JSON without duplicate members.
        if (JsonSerializer.Deserialize(body, type) is null)
            throw new JsonException();
        changes = JsonNode.Parse(body)!.AsObject();
    }

    /// <summary>Whether the patch sets or removes this member of the top level.</summary>
    public bool Names(string member) => changes.ContainsKey(member);

    /// <summary>Returns <paramref name="current"/> with the patch applied.</summary>
    public T ApplyTo(T current) => MergePatch.Apply(JsonSerializer.SerializeToNode(current, type), changes).Deserialize(type)!;

    public static async ValueTask<MergePatch<T>> BindAsync(HttpContext context)
    {
        MergePatch.CheckMediaType(context.Request);
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var options = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        try
        {
            return new MergePatch<T>((JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)), buffer.ToArray());
        }
        catch (JsonException fault)
        {
            throw new BadHttpRequestException("The body is not a merge patch.", StatusCodes.Status400BadRequest, fault);
        }
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(
            new AcceptsMetadata([MediaTypeNames.Application.Json, MergePatch.ContentType], typeof(T), isOptional: false)
        );
}

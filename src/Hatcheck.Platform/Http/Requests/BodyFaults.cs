using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>
/// Explains why a body could not be read: where, what was expected, and the kind of value found. Never repeats the text
/// itself.
/// </summary>
internal static class BodyFaults
{
    private const string NotOfThisEndpoint = "The body is not the JSON of this endpoint.";

    /// <summary>For a body that is not JSON, or not the JSON of this endpoint: lists every fault.</summary>
    public static async Task<Problem> OfAsync(JsonException fault, HttpContext context)
    {
        // Nothing is recorded for a request without a body.
        if (context.Request.Body is not RecordedBody recorded)
            return Missing(context);
        var body = WithoutMark(await recorded.AllAsync(context.RequestAborted));
        if (IsBlank(body.Span))
            return Missing(context);
        // A zero byte among the first two means UTF-16 or UTF-32 (RFC 4627 §3).
        if (body.Length > 1 && (body.Span[0] is 0 or 0xfe or 0xff || body.Span[1] == 0))
            return NotUtf8();
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = Strict(context).MaxDepth });
            if (document.RootElement.ValueKind == JsonValueKind.Null)
                return Missing(context);
            var faults = BodyShape.Of(document.RootElement, TypeOf(context));
            return faults.Count > 0
                ? Problems.Malformed(faults)
                : Problems.Malformed(NotOfThisEndpoint, FieldNames.OfJsonPath(fault.Path));
        }
        catch (JsonException wrong)
        {
            return Problems.Malformed(NotJson(wrong, body.Span), FieldNames.OfJsonPath(fault.Path));
        }
    }

    /// <summary>For a request without a body, or with the body <c>null</c>.</summary>
    public static Problem Missing(HttpContext context) =>
        Problems.Malformed($"The body is missing: send a JSON object{BodyShape.With(TypeOf(context))}.", FieldNames.Body);

    /// <summary>For a body with another Content-Type.</summary>
    public static Problem Unsupported(HttpContext context)
    {
        var media = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        return media switch
        {
            null when string.IsNullOrEmpty(context.Request.ContentType) => Kind(
                "There is no Content-Type: send `Content-Type: application/json`."
            ),
            MediaTypeNames.Application.FormUrlEncoded or MediaTypeNames.Multipart.FormData => Kind(
                "This is a form: send a JSON object, with `Content-Type: application/json`."
            ),
            MediaTypeNames.Application.Json or MergePatch.ContentType => NotUtf8(),
            _ => Kind("Send JSON, with `Content-Type: application/json`."),
        };
    }

    private static Problem NotUtf8() => Kind("The JSON is not UTF-8: send it in UTF-8, with `Content-Type: application/json`.");

    private static Problem Kind(string detail) =>
        new(StatusCodes.Status415UnsupportedMediaType, Contracts.ProblemCodes.UnsupportedMedia, detail);

    private static string NotJson(JsonException fault, ReadOnlySpan<byte> body)
    {
        var hint = fault.Message switch
        {
            var text when text.Contains("trailing comma", StringComparison.Ordinal) => ": a comma too many",
            var text when text.Contains("maximum configured depth", StringComparison.Ordinal) => ": nested too deeply",
            var text
                when text.Contains("reached end of data", StringComparison.Ordinal)
                    || text.Contains("should be closed", StringComparison.Ordinal)
                    || text.Contains("is incomplete", StringComparison.Ordinal) => ": it ends too early",
            _ => "",
        };
        var (line, bytes) = ((int)(fault.LineNumber ?? 0), (int)(fault.BytePositionInLine ?? 0));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Not JSON at line {line + 1}, column {Characters(body, line, bytes) + 1}{hint}."
        );
    }

    /// <summary>Converts the parser's byte position to characters, as editors count.</summary>
    private static int Characters(ReadOnlySpan<byte> body, int line, int bytes)
    {
        for (; line > 0; line--)
            body = body[(body.IndexOf((byte)'\n') + 1)..];
        var characters = 0;
        foreach (var one in body[..Math.Min(bytes, body.Length)])
        {
            if ((one & 0xc0) != 0x80)
                characters++;
        }

        return characters;
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;

    private static bool IsBlank(ReadOnlySpan<byte> body) => body.IndexOfAnyExcept(" \t\r\n"u8) < 0;

    private static JsonSerializerOptions Strict(HttpContext context) =>
        context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;

    // The exception handler removes the endpoint from the context and keeps it in this feature.
    private static JsonTypeInfo? TypeOf(HttpContext context)
    {
        var endpoint = context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint();
        return
            endpoint?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is { } type
            && Strict(context).TryGetTypeInfo(type, out var info)
            && info.Type != typeof(System.Text.Json.Nodes.JsonObject)
            ? info
            : null;
    }
}

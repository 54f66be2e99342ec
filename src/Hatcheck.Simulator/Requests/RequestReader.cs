using System.Text.Json;
using Hatcheck.Simulator.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Hatcheck.Simulator.Requests;

/// <summary>
/// The unchecked arguments of a request: texts from query or form, elements from JSON, files from multipart.
/// </summary>
internal sealed class RawArguments
{
    public Dictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, JsonElement> Elements { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Upload> Uploads { get; } = new(StringComparer.Ordinal);
}

/// <summary>
/// Reads the four ways in which Telegram takes arguments; the body wins over the query.
/// </summary>
internal static class RequestReader
{
    /// <summary>A bot's file has at most 50 MB; the rest is for the other parts.</summary>
    private const long MaxBody = 52L * 1024 * 1024;

    public static async Task<RawArguments> ReadAsync(HttpContext context)
    {
        var raw = new RawArguments();
        foreach (var (name, value) in context.Request.Query)
            raw.Texts[name] = value.ToString();
        if (!HttpMethods.IsPost(context.Request.Method))
            return raw;

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxBody;
        try
        {
            if (context.Request.HasFormContentType)
                await ReadFormAsync(context, raw);
            else if (context.Request.HasJsonContentType())
                await ReadJsonAsync(context, raw);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new Refusal(413, "Request Entity Too Large");
        }

        return raw;
    }

    /// <summary>A JSON object of arguments, from a request or from the answer of a webhook.</summary>
    public static void ReadObject(JsonElement root, RawArguments raw)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw Refusal.BadRequest("can't parse JSON object");
        if (!JsonText.IsWellFormed(root))
            throw Refusal.BadRequest("strings must be encoded in UTF-8");
        foreach (var member in root.EnumerateObject())
        {
            // Telegram takes null as absent, except for a keyboard.
            if (member.Value.ValueKind == JsonValueKind.Null && member.Name != "reply_markup")
                continue;
            raw.Texts.Remove(member.Name);
            raw.Elements[member.Name] = member.Value.Clone();
        }
    }

    private static async Task ReadFormAsync(HttpContext context, RawArguments raw)
    {
        try
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            foreach (var (name, value) in form)
                raw.Texts[name] = value.ToString();
            foreach (var file in form.Files)
            {
                var content = new byte[file.Length];
                await using var stream = file.OpenReadStream();
                await stream.ReadExactlyAsync(content, context.RequestAborted);
                raw.Uploads[file.Name] = new Upload(
                    Path.GetFileName(file.FileName),
                    file.ContentType ?? "application/octet-stream",
                    content
                );
            }
        }
        catch (InvalidDataException)
        {
            throw Refusal.BadRequest("can't parse the form");
        }
    }

    private static async Task ReadJsonAsync(HttpContext context, RawArguments raw)
    {
        if (context.Request.ContentLength == 0)
            return;
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
            ReadObject(document.RootElement, raw);
        }
        catch (JsonException)
        {
            throw Refusal.BadRequest("can't parse JSON object");
        }
    }
}

using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Requests.Abstractions;

namespace Hatcheck.Bots.BotApi;

/// <summary>The body of a Telegram.Bot request. Its streams are read once; each try gets its own copy.</summary>
internal sealed class RequestBody
{
    // Telegram accepts files of up to 50 MB; 2 MB are left for the other parts.
    private const long Largest = 52L * 1024 * 1024;
    private const string ChatId = "chat_id";

    private readonly bool isForm;
    private readonly IReadOnlyList<Part> parts;

    private RequestBody(bool isForm, IReadOnlyList<Part> parts)
    {
        this.isForm = isForm;
        this.parts = parts;
    }

    public bool HasFiles => isForm;

    /// <summary>Reads the whole request into memory.</summary>
    /// <exception cref="RequestException">A file cannot be read, or is too large.</exception>
    public static async Task<RequestBody> ReadAsync(IRequest request, CancellationToken cancellation)
    {
        using var content = request.ToHttpContent();
        var read = new List<Part>();
        var room = Largest;
        try
        {
            foreach (
                var part in content is MultipartFormDataContent form ? [.. form]
                : content is null ? []
                : new[] { content }
            )
            {
                await part.LoadIntoBufferAsync(room, cancellation);
                read.Add(new Part(part.Headers, await part.ReadAsByteArrayAsync(cancellation)));
                room -= read[^1].Bytes.Length;
            }
        }
        catch (HttpRequestException fault)
        {
            throw new RequestException($"{request.MethodName}: a file cannot be read, or has more than 50 MB.", fault);
        }

        return new RequestBody(content is MultipartFormDataContent, read);
    }

    /// <summary>The content for one try. <paramref name="moved"/> replaces the chat's id if it has a new one.</summary>
    public HttpContent? Content(long? moved)
    {
        if (!isForm)
            return parts is [var json] ? json.Content(moved is { } chat ? InJson(json.Bytes, chat) : json.Bytes) : null;
        var form = new MultipartFormDataContent();
        foreach (var part in parts)
            form.Add(part.Content(moved is { } to && part.Name == ChatId ? Number(to) : part.Bytes));
        return form;
    }

    private static byte[] InJson(byte[] json, long chat)
    {
        var arguments = JsonNode.Parse(json)!.AsObject();
        if (arguments.ContainsKey(ChatId))
            arguments[ChatId] = chat;
        return System.Text.Encoding.UTF8.GetBytes(arguments.ToJsonString());
    }

    private static byte[] Number(long chat) => System.Text.Encoding.UTF8.GetBytes(chat.ToString(CultureInfo.InvariantCulture));

    private sealed class Part(HttpContentHeaders headers, byte[] bytes)
    {
        public byte[] Bytes { get; } = bytes;

        public string? Name => headers.ContentDisposition?.Name?.Trim('"');

        public ByteArrayContent Content(byte[] given)
        {
            var content = new ByteArrayContent(given);
            foreach (var (name, values) in headers.NonValidated)
            {
                if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                    continue;
                content.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
            }

            return content;
        }
    }
}

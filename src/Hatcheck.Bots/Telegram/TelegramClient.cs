using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hatcheck.Bots.Telegram;

/// <summary>
/// The dozen Bot API methods that the runtime uses, typed; <see href="https://core.telegram.org/bots/api"/>. It keeps no
/// pace and does not wait after a 429: <see cref="Sending.ChatSender"/> does both.
/// </summary>
internal sealed class TelegramClient(TelegramTransport transport)
{
    /// <summary>Telegram's limit for downloads by bots.</summary>
    public const int LargestDownload = 20 * 1024 * 1024;

    /// <summary>The time-out of a call.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(20);

    /// <summary>The time-out of a call with a file.</summary>
    public static readonly TimeSpan Files = TimeSpan.FromMinutes(2);

    // A long poll ends after its own time-out. After this much more the connection counts as dead.
    private static readonly TimeSpan PollGrace = TimeSpan.FromSeconds(15);

    /// <summary>Whether the server is Telegram's own, and not one of the operator's.</summary>
    public bool IsTelegrams => transport.IsTelegrams;

    /// <summary>Calls any method; <paramref name="content"/> runs once for each try.</summary>
    public Task<JsonElement> CallAsync(
        string method,
        Func<HttpContent?> content,
        Repeat repeat,
        TimeSpan timeout,
        CancellationToken cancellation
    ) => transport.CallAsync(method, content, repeat, timeout, cancellation);

    public Task<WireUser> GetMeAsync(CancellationToken cancellation) =>
        CallAsync("getMe", content: null, TelegramJson.Default.WireUser, Repeat.Always, Usual, cancellation);

    public Task<JsonElement[]> GetUpdatesAsync(GetUpdatesRequest request, CancellationToken cancellation) =>
        CallAsync(
            "getUpdates",
            () => Json(request, TelegramJson.Default.GetUpdatesRequest),
            TelegramJson.Default.JsonElementArray,
            Repeat.AfterRefusal,
            TimeSpan.FromSeconds(request.Timeout ?? 0) + PollGrace,
            cancellation
        );

    public Task SetWebhookAsync(SetWebhookRequest request, CancellationToken cancellation) =>
        DoAsync("setWebhook", request, TelegramJson.Default.SetWebhookRequest, Repeat.Always, cancellation);

    public Task DeleteWebhookAsync(CancellationToken cancellation) =>
        DoAsync(
            "deleteWebhook",
            new DeleteWebhookRequest(),
            TelegramJson.Default.DeleteWebhookRequest,
            Repeat.Always,
            cancellation
        );

    public Task<WireMessage> SendMessageAsync(SendMessageRequest request, CancellationToken cancellation) =>
        CallAsync(
            "sendMessage",
            () => Json(request, TelegramJson.Default.SendMessageRequest),
            TelegramJson.Default.WireMessage,
            Repeat.AfterRefusal,
            Usual,
            cancellation
        );

    public async Task EditMessageTextAsync(EditMessageTextRequest request, CancellationToken cancellation)
    {
        try
        {
            await DoAsync("editMessageText", request, TelegramJson.Default.EditMessageTextRequest, Repeat.Always, cancellation);
        }
        catch (TelegramException refusal)
            when (refusal.ErrorCode == 400 && refusal.Description.Contains("message is not modified", StringComparison.Ordinal))
        {
            // The message already has this text, after a repeat or a second press.
        }
    }

    /// <summary>False if the query is too old: the person no longer waits for an answer.</summary>
    public async Task<bool> AnswerCallbackQueryAsync(AnswerCallbackRequest request, CancellationToken cancellation)
    {
        try
        {
            await DoAsync(
                "answerCallbackQuery",
                request,
                TelegramJson.Default.AnswerCallbackRequest,
                Repeat.Always,
                cancellation
            );
            return true;
        }
        catch (TelegramException refusal) when (refusal.ErrorCode == 400)
        {
            return false;
        }
    }

    public Task<WireMessage> SendDocumentAsync(
        long chat,
        string fileName,
        byte[] content,
        string mimeType,
        string? caption,
        CancellationToken cancellation
    ) =>
        CallAsync(
            "sendDocument",
            () => Document(chat, fileName, content, mimeType, caption),
            TelegramJson.Default.WireMessage,
            Repeat.AfterRefusal,
            Files,
            cancellation
        );

    public Task SendChatActionAsync(long chat, string action, CancellationToken cancellation) =>
        DoAsync(
            "sendChatAction",
            new SendChatActionRequest { ChatId = chat, Action = action },
            TelegramJson.Default.SendChatActionRequest,
            Repeat.Always,
            cancellation
        );

    public Task SetMyCommandsAsync(IReadOnlyList<WireCommand> commands, CancellationToken cancellation) =>
        DoAsync(
            "setMyCommands",
            new SetMyCommandsRequest { Commands = commands },
            TelegramJson.Default.SetMyCommandsRequest,
            Repeat.Always,
            cancellation
        );

    public async Task DeleteMessageAsync(long chat, long message, CancellationToken cancellation)
    {
        try
        {
            var request = new DeleteMessageRequest { ChatId = chat, MessageId = message };
            await DoAsync("deleteMessage", request, TelegramJson.Default.DeleteMessageRequest, Repeat.Always, cancellation);
        }
        catch (TelegramException refusal)
            when (refusal.ErrorCode == 400 && refusal.Description.Contains("not found", StringComparison.Ordinal))
        {
            // Already gone.
        }
    }

    public async Task<byte[]> DownloadAsync(string fileId, CancellationToken cancellation)
    {
        var file = await CallAsync(
            "getFile",
            () => Json(new GetFileRequest { FileId = fileId }, TelegramJson.Default.GetFileRequest),
            TelegramJson.Default.WireFile,
            Repeat.Always,
            Usual,
            cancellation
        );
        if (file.FilePath is null || file.FileSize > LargestDownload)
            throw new TelegramException("getFile", 400);
        return await DownloadPathAsync(file.FilePath, cancellation);
    }

    /// <summary>Downloads a file by its path from <c>getFile</c>.</summary>
    public Task<byte[]> DownloadPathAsync(string path, CancellationToken cancellation) =>
        transport.DownloadAsync(path, LargestDownload, Files, cancellation);

    private static ByteArrayContent Json<T>(T request, JsonTypeInfo<T> type)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static MultipartFormDataContent Document(long chat, string fileName, byte[] content, string mimeType, string? caption)
    {
        var file = new ByteArrayContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue(mimeType);
        var form = new MultipartFormDataContent
        {
            { new StringContent(chat.ToString(System.Globalization.CultureInfo.InvariantCulture)), "chat_id" },
        };
        if (caption is not null)
            form.Add(new StringContent(caption), "caption");
        form.Add(file, "document", fileName);
        return form;
    }

    private Task<bool> DoAsync<T>(
        string method,
        T request,
        JsonTypeInfo<T> type,
        Repeat repeat,
        CancellationToken cancellation
    ) =>
        // The results of these are `true` or the edited message; only the success matters.
        CallAsync<bool>(method, () => Json(request, type), result: null, repeat, Usual, cancellation);

    private async Task<T> CallAsync<T>(
        string method,
        Func<HttpContent?>? content,
        JsonTypeInfo<T>? result,
        Repeat repeat,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        var element = await transport.CallAsync(method, content ?? (() => null), repeat, timeout, cancellation);
        if (result is null)
            return default!;
        try
        {
            return element.Deserialize(result) ?? throw new TelegramException(method, 502);
        }
        catch (JsonException)
        {
            throw new TelegramException(method, 502);
        }
    }
}

using System.Text.Json;
using Hatcheck.Simulator.Requests;
using Hatcheck.Simulator.Wire;
using Hatcheck.Simulator.World;

namespace Hatcheck.Simulator.BotApi;

/// <summary>Methods that send messages and files.</summary>
internal static class SendMethods
{
    private const int MaxCaption = 1_024;
    private const long MaxSent = 50L * 1024 * 1024;
    private const long MaxFetched = 20L * 1024 * 1024;

    private static readonly string[] Actions =
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ];

    public static JsonElement SendMessage(BotCall call)
    {
        if (string.IsNullOrEmpty(call.Arguments.Text("text")))
            throw Refusal.BadRequest("message text is empty");
        var text = TextArgument.Read(call.Arguments, "text", "entities");
        var chat = call.Chat();
        if (text.Text.Length == 0)
            throw Refusal.BadRequest("text must be non-empty");
        if (text.Text.Length > Conversation.MaxText)
            throw Refusal.BadRequest("message is too long");
        return Send(call, chat, m => m with { Text = text });
    }

    public static JsonElement SendDocument(BotCall call)
    {
        var chat = call.Chat();
        var caption = TextArgument.Read(call.Arguments, "caption", "caption_entities");
        if (caption.Text.Length > MaxCaption)
            throw Refusal.BadRequest("message caption is too long");
        var file = Document(call);
        return Send(call, chat, m => m with { File = file(), Text = caption.Text.Length == 0 ? null : caption });
    }

    public static JsonElement SendChatAction(BotCall call)
    {
        var chat = call.Chat();
        if (chat.Blocked)
            throw new Refusal(403, "Forbidden: bot was blocked by the user");
        if (call.Arguments.Text("action") is not { } action || !Actions.Contains(action, StringComparer.Ordinal))
            throw Refusal.BadRequest("wrong parameter action in request");
        call.World.Events.Tell("action", new PageEvent(chat.Chat.Id, call.Bot.Username, Action: action));
        return BotCall.True;
    }

    public static JsonElement GetFile(BotCall call)
    {
        if (call.Arguments.Text("file_id") is not { Length: > 0 } id)
            throw Refusal.BadRequest("file_id not specified");
        var file = call.World.Files.ById(id) ?? throw Refusal.BadRequest("wrong file_id or the file is temporarily unavailable");
        if (file.Content.LongLength > MaxFetched)
            throw Refusal.BadRequest("file is too big");
        return JsonSerializer.SerializeToElement(
            new Wire.FileInfo(file.FileId, file.UniqueId, file.Content.LongLength, file.Path),
            SimulatorJson.Default.FileInfo
        );
    }

    /// <summary>The file to send; stored only after all other checks.</summary>
    private static Func<StoredFile> Document(BotCall call)
    {
        if (call.Arguments.Upload("document") is { } upload)
        {
            if (upload.Content.Length == 0)
                throw Refusal.BadRequest("file must be non-empty");
            if (upload.Content.LongLength > MaxSent)
                throw new Refusal(413, "Request Entity Too Large");
            return () => call.World.Files.Add(upload.FileName, upload.MimeType, upload.Content);
        }

        if (call.Arguments.Text("document") is not { Length: > 0 } id)
            throw Refusal.BadRequest("there is no document in the request");
        // The simulator never fetches from other machines.
        if (id.Contains("://", StringComparison.Ordinal))
            throw Refusal.BadRequest("failed to get HTTP URL content");
        var file = call.World.Files.ById(id) ?? throw Refusal.BadRequest("wrong file identifier/HTTP URL specified");
        return () => file;
    }

    private static JsonElement Send(BotCall call, BotChat chat, Func<StoredMessage, StoredMessage> fill)
    {
        RefuseWhatIsNotHere(call.Arguments);
        var keyboard = Keyboards.Read(call.Arguments);
        var repliesTo = RepliesTo(call, chat);
        call.DemandMayWrite(chat);
        var message = fill(
            new StoredMessage
            {
                Id = call.Bot.NextMessageId(),
                Date = call.World.Now,
                Keyboard = keyboard,
                RepliesTo = repliesTo,
            }
        );
        chat.Add(message);
        call.Show("message", chat, message);
        return call.Result(chat, message);
    }

    /// <summary>
    /// Refuses known fields that point to things which do not exist here, in Telegram's words.
    /// </summary>
    private static void RefuseWhatIsNotHere(Arguments arguments)
    {
        if (arguments.Text("business_connection_id") is { Length: > 0 })
            throw Refusal.BadRequest("business connection not found");
        if (arguments.Integer("message_thread_id") is > 0)
            throw Refusal.BadRequest("message thread not found");
        if (arguments.Integer("direct_messages_topic_id") is > 0)
            throw Refusal.BadRequest("direct messages topic not found");
        if (arguments.Text("message_effect_id") is { Length: > 0 })
            throw Refusal.BadRequest("EFFECT_ID_INVALID");
        if (arguments.Flag("allow_paid_broadcast"))
            throw Refusal.BadRequest("FLOODSKIP_NOT_ALLOWED");
        if (arguments.Json("suggested_post_parameters") is not null)
            throw Refusal.BadRequest("suggested posts can be sent only to channel direct messages");
    }

    private static int? RepliesTo(BotCall call, BotChat chat)
    {
        if (call.Arguments.Json("reply_parameters") is not { } reply)
            return null;
        var id = reply.GetProperty("message_id").GetInt64();
        if (chat.Find(id) is not null)
            return (int)id;
        return reply.TryGetProperty("allow_sending_without_reply", out var without) && without.ValueKind == JsonValueKind.True
            ? null
            : throw Refusal.BadRequest("message to be replied not found");
    }
}

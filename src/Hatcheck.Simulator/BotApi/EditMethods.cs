using System.Text.Json;
using Hatcheck.Simulator.Requests;
using Hatcheck.Simulator.Wire;
using Hatcheck.Simulator.World;

namespace Hatcheck.Simulator.BotApi;

/// <summary>Methods that edit or delete a message, or answer a button.</summary>
internal static class EditMethods
{
    private const string NotModified =
        "message is not modified: specified new message content and reply markup are exactly the same as a current content "
        + "and reply markup of the message";

    private const int MaxAnswer = 200;

    /// <summary>A bot can delete only its own messages, up to this age.</summary>
    private static readonly TimeSpan Deletable = TimeSpan.FromHours(48);

    public static JsonElement EditText(BotCall call)
    {
        var text = TextArgument.Read(call.Arguments, "text", "entities");
        if (call.Arguments.Json("rich_message") is not null)
            throw Refusal.BadRequest("the simulator does not know rich messages");
        if (text.Text.Length == 0)
            throw Refusal.BadRequest("message text is empty");
        var (chat, message) = Editable(call);
        if (text.Text.Length > Conversation.MaxText)
            throw Refusal.BadRequest("MESSAGE_TOO_LONG");
        if (message.File is not null)
            throw Refusal.BadRequest("there is no text in the message to edit");
        var keyboard = Keyboards.Read(call.Arguments);
        if (text.SameAs(message.Text) && Same(keyboard, message.Keyboard))
            throw Refusal.BadRequest(NotModified);
        return Replace(call, chat, message with { Text = text, Keyboard = keyboard, EditDate = call.World.Now });
    }

    public static JsonElement EditReplyMarkup(BotCall call)
    {
        var (chat, message) = Editable(call);
        var keyboard = Keyboards.Read(call.Arguments);
        if (Same(keyboard, message.Keyboard))
            throw Refusal.BadRequest(NotModified);
        return Replace(call, chat, message with { Keyboard = keyboard, EditDate = call.World.Now });
    }

    public static JsonElement Delete(BotCall call)
    {
        var chat = call.Chat();
        if (call.Arguments.Integer("message_id") is not { } id)
            throw Refusal.BadRequest("message identifier is not specified");
        var message = chat.Find(id) ?? throw Refusal.BadRequest("message to delete not found");
        if (call.World.Now - message.Date > Deletable.TotalSeconds)
            throw Refusal.BadRequest("message can't be deleted for everyone");
        message = message with { Deleted = true };
        chat.Replace(message);
        call.Show("delete", chat, message);
        return BotCall.True;
    }

    public static JsonElement AnswerCallback(BotCall call)
    {
        var arguments = call.Arguments;
        if (arguments.Text("text") is { Length: > MaxAnswer })
            throw Refusal.BadRequest("MESSAGE_TOO_LONG");
        var answer = new CallbackAnswer(
            Answered: true,
            arguments.Text("text"),
            arguments.Flag("show_alert"),
            arguments.Text("url")
        );
        if (!call.Bot.Callbacks.TryAnswer(arguments.Text("callback_query_id") ?? "", answer, call.World.Time.GetUtcNow()))
            throw Refusal.BadRequest("query is too old and response timeout expired or query ID is invalid");
        return BotCall.True;
    }

    private static (BotChat Chat, StoredMessage Message) Editable(BotCall call)
    {
        // The simulator has no inline mode, so no such message.
        if (call.Arguments.Text("inline_message_id") is { Length: > 0 })
            throw Refusal.BadRequest("MESSAGE_ID_INVALID");
        var chat = call.Chat();
        if (call.Arguments.Integer("message_id") is not { } id)
            throw Refusal.BadRequest("message identifier is not specified");
        var message = chat.Find(id) ?? throw Refusal.BadRequest("message to edit not found");
        return message.Author is null ? (chat, message) : throw Refusal.BadRequest("message can't be edited");
    }

    private static JsonElement Replace(BotCall call, BotChat chat, StoredMessage message)
    {
        call.DemandMayWrite(chat);
        chat.Replace(message);
        call.Show("edit", chat, message);
        return call.Result(chat, message);
    }

    private static bool Same(InlineKeyboardMarkup? one, InlineKeyboardMarkup? other) =>
        (one?.InlineKeyboard ?? [])
            .SelectMany(r => r.Append(null))
            .SequenceEqual((other?.InlineKeyboard ?? []).SelectMany(r => r.Append(null)));
}

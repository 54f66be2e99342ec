using System.Text.Json;
using Hatcheck.Simulator.Requests;
using Hatcheck.Simulator.Wire;
using Hatcheck.Simulator.World;

namespace Hatcheck.Simulator.BotApi;

/// <summary>One checked call of one bot.</summary>
internal sealed record BotCall(TelegramWorld World, Bot Bot, Arguments Arguments, CancellationToken Cancellation)
{
    public static JsonElement True { get; } = JsonSerializer.SerializeToElement(true, SimulatorJson.Default.Boolean);

    /// <summary>The chat of the call; a bot has only the chats in which a person wrote to it.</summary>
    public BotChat Chat()
    {
        if (Arguments.Integer("chat_id") is { } id)
            return Bot.FindChat(id) ?? throw Refusal.BadRequest("chat not found");
        if (string.IsNullOrEmpty(Arguments.Text("chat_id")))
            throw Refusal.BadRequest("chat_id is empty");
        throw Refusal.BadRequest("chat not found");
    }

    /// <summary>Refuses a message beyond the chat's pace, or to a person who blocked the bot.</summary>
    public void DemandMayWrite(BotChat chat)
    {
        if (chat.Blocked)
            throw new Refusal(403, "Forbidden: bot was blocked by the user");
        if (World.Options.Pace && Bot.Pace.TryTake(chat.Chat.Id) is { } seconds)
            throw Refusal.TooManyRequests(seconds);
    }

    public JsonElement Result(BotChat chat, StoredMessage message) =>
        JsonSerializer.SerializeToElement(MessageView.ForBot(Bot, chat, message), SimulatorJson.Default.Message);

    public void Show(string what, BotChat chat, StoredMessage message) =>
        World.Events.Tell(what, new PageEvent(chat.Chat.Id, Bot.Username, MessageView.ForPage(message)));
}

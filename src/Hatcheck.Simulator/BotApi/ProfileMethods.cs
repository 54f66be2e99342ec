using System.Text.Json;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.BotApi;

/// <summary>Methods about the bot itself and its chats.</summary>
internal static class ProfileMethods
{
    public static JsonElement GetMe(BotCall call) =>
        JsonSerializer.SerializeToElement(call.Bot.PublicUser, SimulatorJson.Default.User);

    public static JsonElement GetChat(BotCall call)
    {
        var chat = call.Chat().Chat;
        var full = new ChatFullInfo(
            chat.Id,
            chat.Type,
            chat.Title,
            chat.Username,
            chat.FirstName,
            AccentColorId: (int)(Math.Abs(chat.Id) % 7),
            MaxReactionCount: 11,
            chat.Username is { } name ? [name] : null,
            new AcceptedGiftTypes(true, true, true, true, true)
        );
        return JsonSerializer.SerializeToElement(full, SimulatorJson.Default.ChatFullInfo);
    }
}

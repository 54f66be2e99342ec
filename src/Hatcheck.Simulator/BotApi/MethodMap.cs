using System.Collections.Frozen;
using System.Text.Json;
using Hatcheck.Simulator.Requests;
using Hatcheck.Simulator.World;

namespace Hatcheck.Simulator.BotApi;

/// <summary>Finds a method by name, checks its arguments, and performs it.</summary>
internal sealed class MethodMap(TelegramWorld world, UpdateMethods updates)
{
    private readonly FrozenDictionary<string, Func<BotCall, Task<JsonElement>>> methods = new Dictionary<
        string,
        Func<BotCall, Task<JsonElement>>
    >(StringComparer.OrdinalIgnoreCase)
    {
        ["getMe"] = AtOnce(ProfileMethods.GetMe),
        ["logOut"] = AtOnce(UpdateMethods.LogOut),
        ["close"] = AtOnce(UpdateMethods.Close),
        ["getChat"] = AtOnce(ProfileMethods.GetChat),
        ["setMyCommands"] = AtOnce(CommandMethods.Set),
        ["getMyCommands"] = AtOnce(CommandMethods.Get),
        ["deleteMyCommands"] = AtOnce(CommandMethods.Delete),
        ["getUpdates"] = UpdateMethods.GetUpdatesAsync,
        ["setWebhook"] = AtOnce(updates.SetWebhook),
        ["deleteWebhook"] = AtOnce(UpdateMethods.DeleteWebhook),
        ["getWebhookInfo"] = AtOnce(UpdateMethods.GetWebhookInfo),
        ["sendMessage"] = AtOnce(SendMethods.SendMessage),
        ["sendDocument"] = AtOnce(SendMethods.SendDocument),
        ["sendChatAction"] = AtOnce(SendMethods.SendChatAction),
        ["getFile"] = AtOnce(SendMethods.GetFile),
        ["editMessageText"] = AtOnce(EditMethods.EditText),
        ["editMessageReplyMarkup"] = AtOnce(EditMethods.EditReplyMarkup),
        ["deleteMessage"] = AtOnce(EditMethods.Delete),
        ["answerCallbackQuery"] = AtOnce(EditMethods.AnswerCallback),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<string> Names => methods.Keys;

    public async Task<JsonElement> PerformAsync(Bot bot, string method, RawArguments raw, CancellationToken cancellation)
    {
        if (!methods.TryGetValue(method, out var perform) || !MethodTable.Methods.TryGetValue(method, out var shape))
            throw Refusal.NotFound();
        return await perform(new BotCall(world, bot, ArgumentCheck.Check(shape, raw), cancellation));
    }

    private static Func<BotCall, Task<JsonElement>> AtOnce(Func<BotCall, JsonElement> method) =>
        call =>
        {
            lock (call.Bot.Gate)
                return Task.FromResult(method(call));
        };
}

using System.Text.Json;
using Hatcheck.Simulator.Requests;
using Hatcheck.Simulator.Wire;
using Hatcheck.Simulator.World;

namespace Hatcheck.Simulator.BotApi;

/// <summary>The bot's menu of commands.</summary>
internal static class CommandMethods
{
    private const int MostCommands = 100;

    public static JsonElement Set(BotCall call)
    {
        if (call.Arguments.Json("commands") is not { } given)
            throw Refusal.BadRequest("can't parse commands JSON object");
        var commands = given
            .EnumerateArray()
            .Select(c => new BotCommand(
                c.GetProperty("command").GetString()!.TrimStart('/'),
                c.GetProperty("description").GetString()!.Trim()
            ))
            .ToArray();
        if (commands.Length > MostCommands)
            throw Refusal.BadRequest("BOT_COMMANDS_TOO_MUCH");
        foreach (var (command, description) in commands)
        {
            if (command.Length is 0 or > 32 || !command.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
                throw Refusal.BadRequest("BOT_COMMAND_INVALID");
            if (description.Length is 0 or > 256)
                throw Refusal.BadRequest("BOT_COMMAND_DESCRIPTION_INVALID");
        }

        call.Bot.Commands.Set(Scope(call), Language(call), commands);
        call.World.Events.Tell("bot", new PageEvent(BotUsername: call.Bot.Username));
        return BotCall.True;
    }

    public static JsonElement Get(BotCall call) =>
        JsonSerializer.SerializeToElement(
            call.Bot.Commands.Find(Scope(call), Language(call)),
            SimulatorJson.Default.IReadOnlyListBotCommand
        );

    public static JsonElement Delete(BotCall call)
    {
        call.Bot.Commands.Remove(Scope(call), Language(call));
        call.World.Events.Tell("bot", new PageEvent(BotUsername: call.Bot.Username));
        return BotCall.True;
    }

    private static string Scope(BotCall call) =>
        call.Arguments.Json("scope") is not { } scope
            ? CommandLists.DefaultScope
            : string.Join(
                ' ',
                scope
                    .EnumerateObject()
                    .OrderBy(p => p.Name == "type" ? "" : p.Name, StringComparer.Ordinal)
                    .Select(p => p.Value.ToString())
            );

    private static string Language(BotCall call)
    {
        var code = call.Arguments.Text("language_code") ?? "";
        return code.Length is 0 or 2 ? code : throw Refusal.BadRequest("BOT_COMMANDS_LANGUAGE_CODE_INVALID");
    }
}

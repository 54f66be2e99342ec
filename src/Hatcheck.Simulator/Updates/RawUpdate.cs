using System.Buffers;
using System.Text.Json;
using Hatcheck.Simulator.Text;
using Hatcheck.Simulator.Wire;
using Hatcheck.Simulator.World;

namespace Hatcheck.Simulator.Updates;

/// <summary>Any update, as JSON without its <c>update_id</c>: for kinds that no person here can cause.</summary>
internal static class RawUpdate
{
    /// <summary>Queues the update and opens its chat for the bot. Returns the fault; null if there is none.</summary>
    public static string? Inject(Bot bot, JsonElement update)
    {
        if (update.ValueKind != JsonValueKind.Object || !JsonText.IsWellFormed(update) || update.EnumerateObject().Count() != 1)
            return "an object with one member, the kind of update, is expected; the simulator gives the update_id";
        var (kind, value) = update.EnumerateObject().Select(m => (m.Name, m.Value)).First();
        if (!UpdateKinds.All.Contains(kind, StringComparer.Ordinal))
            return $"\"{kind}\" is no kind of update";
        if (value.ValueKind != JsonValueKind.Object)
            return $"{kind}: an object is expected";
        var chat = FindChat(value);
        lock (bot.Gate)
        {
            if (chat is not null)
                bot.OpenChat(chat);
            return bot.Updates.Add(kind, chat?.Id ?? 0, id => Write(id, kind, value))
                ? null
                : $"the bot has not asked for {kind}";
        }
    }

    private static Chat? FindChat(JsonElement update)
    {
        if (update.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object)
            update = message;
        return
            update.TryGetProperty("chat", out var chat)
            && chat.ValueKind == JsonValueKind.Object
            && chat.TryGetProperty("id", out var id)
            && id.ValueKind == JsonValueKind.Number
            && id.TryGetInt64(out var number)
            ? new Chat(
                number,
                Text(chat, "type") ?? "private",
                Text(chat, "title"),
                Text(chat, "username"),
                Text(chat, "first_name")
            )
            : null;
    }

    private static string? Text(JsonElement value, string name) =>
        value.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static ReadOnlyMemory<byte> Write(long id, string kind, JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteNumber("update_id", id);
        writer.WritePropertyName(kind);
        value.WriteTo(writer);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}

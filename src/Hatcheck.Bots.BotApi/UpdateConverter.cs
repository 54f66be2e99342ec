using System.Buffers;
using System.Text.Json;
using Hatcheck.Bots.Updates;
using Telegram.Bot;

namespace Hatcheck.Bots.BotApi;

/// <summary>Converts one update at a time: one that Telegram.Bot cannot read does not stop the others.</summary>
internal static class UpdateConverter
{
    public static global::Telegram.Bot.Types.Update Convert(Update update)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("update_id", update.Id);
            if (update.Raw.ValueKind == JsonValueKind.Object)
            {
                writer.WritePropertyName(update.Kind);
                update.Raw.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return JsonSerializer.Deserialize<global::Telegram.Bot.Types.Update>(buffer.WrittenSpan, JsonBotAPI.Options)!;
    }
}

using System.Text.Json;
using Hatcheck.Bots.Telegram;

namespace Hatcheck.Bots.Updates;

/// <summary>Reads one update at a time: one that cannot be read does not stop the others.</summary>
internal static class UpdateReader
{
    public const string Message = "message";
    public const string CallbackQuery = "callback_query";
    private const string Unknown = "unknown";

    /// <summary>Null only if the element is no update at all: not an object, or without a usable <c>update_id</c>.</summary>
    public static Update? Read(JsonElement element)
    {
        if (
            element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty("update_id", out var idElement)
            || idElement.ValueKind != JsonValueKind.Number
            || !idElement.TryGetInt64(out var id)
        )
        {
            return null;
        }

        // The raw element outlives the document that it was read from.
        var content = element
            .EnumerateObject()
            .FirstOrDefault(p => p.Name != "update_id" && p.Value.ValueKind == JsonValueKind.Object);
        var kind = content.Value.ValueKind == JsonValueKind.Object ? KindOf(content.Name) : Unknown;
        var raw = content.Value.ValueKind == JsonValueKind.Object ? content.Value.Clone() : default;
        try
        {
            var message = kind == Message ? raw.Deserialize(TelegramJson.Default.WireMessage) : null;
            var callback = kind == CallbackQuery ? raw.Deserialize(TelegramJson.Default.WireCallback) : null;
            return new Update
            {
                Id = id,
                Kind = kind,
                Lane = LaneOf(raw),
                Raw = raw,
                Message = message,
                Callback = callback,
            };
        }
        catch (JsonException)
        {
            // Telegram changed an object that the runtime reads. The update is kept as JSON, without its typed form.
            return new Update
            {
                Id = id,
                Kind = kind,
                Lane = LaneOf(raw),
                Raw = raw,
            };
        }
    }

    // The name appears in logs, so it must look like one of Telegram's names.
    private static string KindOf(string name) =>
        name.Length <= 64 && name.All(c => char.IsAsciiLetterLower(c) || c == '_') ? name : Unknown;

    private static long LaneOf(JsonElement raw)
    {
        if (raw.ValueKind != JsonValueKind.Object)
            return 0;
        if (Id(raw, "chat") is { } chat)
            return chat;
        if (raw.TryGetProperty("message", out var message) && Id(message, "chat") is { } pressedIn)
            return pressedIn;
        return Id(raw, "from") ?? Id(raw, "user") ?? 0;
    }

    private static long? Id(JsonElement owner, string member) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty(member, out var value)
        && value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty("id", out var id)
        && id.ValueKind == JsonValueKind.Number
        && id.TryGetInt64(out var number)
            ? number
            : null;
}

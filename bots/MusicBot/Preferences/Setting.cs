using System.Text.Json.Nodes;

namespace MusicBot.Preferences;

/// <summary>
/// A preference that this bot uses. Hatcheck has more, for other programs; the bot leaves them alone.
/// </summary>
/// <param name="Name">The name typed after <c>/settings</c>.</param>
/// <param name="Key">Its path in Hatcheck.</param>
/// <param name="Title">Its title in the bot.</param>
internal sealed record Setting(string Name, string Key, string Title)
{
    public static readonly Setting TimeZone = new("time_zone", "locale.time_zone", "Time zone");
    public static readonly Setting DateFormat = new("date_format", "locale.date_format", "Dates");
    public static readonly Setting HourCycle = new("hour_cycle", "locale.hour_cycle", "Hours");
    public static readonly Setting Notifications = new("notifications", "notifications.enabled", "Notifications");

    public static readonly IReadOnlyList<Setting> All = [TimeZone, DateFormat, HourCycle, Notifications];

    /// <summary>The setting's value in a document of categories and keys; null if it has none.</summary>
    public JsonNode? In(JsonObject document)
    {
        JsonNode? node = document;
        foreach (var name in Key.Split('.'))
            node = (node as JsonObject)?[name];
        return node;
    }

    public string? TextIn(JsonObject document) =>
        In(document) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The merge patch that sets only this.</summary>
    public JsonObject PatchTo(string value)
    {
        // Passes on other text as typed: Hatcheck reports what it must be.
        JsonNode node = (this == Notifications, value.ToUpperInvariant()) switch
        {
            (true, "ON") => true,
            (true, "OFF") => false,
            _ => value,
        };
        foreach (var name in Key.Split('.').Reverse())
            node = new JsonObject { [name] = node };
        return (JsonObject)node;
    }
}

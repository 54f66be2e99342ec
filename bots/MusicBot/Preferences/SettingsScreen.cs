using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Hatcheck.Bots;

namespace MusicBot.Preferences;

/// <summary>The text of <c>/settings</c>, in Telegram's HTML, and its buttons.</summary>
internal static class SettingsScreen
{
    public const string Zones = """
        <b>Where are you?</b>
        Press the zone with your clock, or type any other, for example:
        <code>/settings time_zone Africa/Nairobi</code>
        """;

    public const string NoSuchButton = "This button no longer works. Send /settings for new ones.";

    public const string ResetTakesNothing =
        "<code>/settings reset</code> takes nothing more: it sets all of these back to the defaults.";

    private const int MostSuggestions = 3;

    // A well-known zone for most offsets; others can be typed.
    private static readonly string[] common =
    [
        "America/Los_Angeles",
        "America/Chicago",
        "America/New_York",
        "America/Sao_Paulo",
        "Europe/London",
        "Europe/Berlin",
        "Europe/Istanbul",
        "Africa/Johannesburg",
        "Asia/Dubai",
        "Asia/Kolkata",
        "Asia/Shanghai",
        "Asia/Tokyo",
        "Australia/Sydney",
        "Pacific/Auckland",
    ];

    public static IReadOnlyList<IReadOnlyList<Button>> ZoneButtons { get; } =
    [
        .. common.Chunk(2).Select(pair => pair.Select(ZoneButton).ToArray()),
        [ZoneButton("UTC"), new SettingsWish.Show().Button("Back")],
    ];

    public static string Html(SettingsState state, DateTimeOffset now)
    {
        var values = state.Preferences.Values;
        var style = TimeStyle.Of(values);
        var text = new StringBuilder();
        if (state.Note is { } note)
            text.Append(CultureInfo.InvariantCulture, $"<i>{Sentence(note)}</i>\n\n");
        text.Append("<b>Your settings</b>\n");
        foreach (var setting in Setting.All)
        {
            var isOwn = state.Preferences.Sources is { } sources && setting.TextIn(sources) == "user";
            text.Append(
                CultureInfo.InvariantCulture,
                $"• {setting.Title}: <b>{TelegramHtml.Escape(Shown(setting, values, style, now))}</b> – "
                    + $"{(isOwn ? "your choice" : "default")}\n"
            );
        }

        text.Append(CultureInfo.InvariantCulture, $"\nFor you it is now {TelegramHtml.Escape(style.Full(now))}.\n");
        if (!style.KnowsZone)
            text.Append("I don't know the clock of your zone yet, so I tell times in UTC.\n");
        if (state.LastChange is { } last)
        {
            var titles = last.Changes.Select(c => TitleOf(c.Key)).Distinct(StringComparer.Ordinal);
            text.Append(
                CultureInfo.InvariantCulture,
                $"Last change, {style.DateAndTime(last.At)}: {TelegramHtml.Escape(string.Join(", ", titles))}.\n"
            );
        }

        return text.Append("\nNotifications are messages that I would send unasked; so far I only answer.").ToString();
    }

    public static IReadOnlyList<IReadOnlyList<Button>> Buttons(SettingsState state, DateTimeOffset now)
    {
        var values = state.Preferences.Values;
        var style = TimeStyle.Of(values);
        var isOn = IsOn(values);
        var rows = new List<IReadOnlyList<Button>>
        {
            new[] { new SettingsWish.ChooseZone().Button("Time zone…") },
            // Three dates in a row are too wide for a phone.
            new[] { DateChoice("iso") },
            new[] { DateChoice("dmy"), DateChoice("mdy") },
            new[] { HourChoice("h23"), HourChoice("h12") },
            new[]
            {
                new SettingsWish.Set(Setting.Notifications, isOn ? "off" : "on").Button(
                    isOn ? "Turn notifications off" : "Turn notifications on"
                ),
            },
        };
        var back = new List<Button>();
        if (state.LastChange is { } last)
            back.Add(new SettingsWish.Undo(last.Version).Button("Undo last change"));
        if (state.Preferences.Sources is { } sources && Setting.All.Any(s => s.TextIn(sources) == "user"))
            back.Add(new SettingsWish.Reset().Button("Back to defaults"));
        if (back.Count > 0)
            rows.Add(back);
        return rows;

        Button DateChoice(string format) => Choice(Setting.DateFormat, format, style.With(dateFormat: format).Date(now), values);
        Button HourChoice(string cycle) => Choice(Setting.HourCycle, cycle, style.With(hourCycle: cycle).Time(now), values);
    }

    /// <summary>Hatcheck's reasons for refusing a value, with suggestions.</summary>
    public static string Refusal(Setting setting, string value, IEnumerable<string> reasons)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"I can't set <b>{setting.Name}</b> to that, so nothing was changed. What it takes: "
                + $"{TelegramHtml.Escape(string.Join(' ', reasons))}"
        );
        if (setting == Setting.Notifications)
            text.Append("\nType <code>on</code> or <code>off</code>.");
        var meant = setting == Setting.TimeZone ? Suggestions(value) : [];
        if (meant.Count > 0)
            text.Append("\nDid you mean one of these?");
        foreach (var zone in meant)
            text.Append(CultureInfo.InvariantCulture, $"\n<code>/settings time_zone {TelegramHtml.Escape(zone)}</code>");
        return text.ToString();
    }

    /// <summary>Same, for the answer to a button, which shows no markup.</summary>
    public static string PlainRefusal(IEnumerable<string> reasons) =>
        Cut($"Nothing was changed. What this takes: {string.Join(' ', reasons)}");

    public static string NeedsValue(Setting setting) =>
        setting.Name switch
        {
            "date_format" => "Say which: <code>/settings date_format iso</code>, <code>dmy</code> or <code>mdy</code>.",
            "hour_cycle" => "Say which: <code>/settings hour_cycle h23</code> or <code>h12</code>.",
            _ => "Say which: <code>/settings notifications on</code> or <code>off</code>.",
        };

    private static string Shown(Setting setting, JsonObject values, TimeStyle style, DateTimeOffset now) =>
        setting.Name switch
        {
            "time_zone" => setting.TextIn(values) ?? "UTC",
            "date_format" => style.Date(now),
            "hour_cycle" => style.Time(now),
            _ => IsOn(values) ? "on" : "off",
        };

    private static string Sentence(SettingsNote note) =>
        note switch
        {
            SettingsNote.Undone => "Undone.",
            SettingsNote.ChangedSince =>
                "Your settings have changed since that button was shown, so nothing was undone. They are:",
            SettingsNote.TooLongAgo => "That was too long ago to be undone.",
            _ => "Back to the defaults.",
        };

    private static bool IsOn(JsonObject values) =>
        Setting.Notifications.In(values) is not JsonValue value || !value.TryGetValue<bool>(out var isOn) || isOn;

    private static Button Choice(Setting setting, string value, string label, JsonObject values) =>
        new SettingsWish.Set(setting, value).Button(setting.TextIn(values) == value ? $"✓ {label}" : label);

    private static Button ZoneButton(string zone) =>
        new SettingsWish.Set(Setting.TimeZone, zone).Button(
            zone[(zone.IndexOf('/', StringComparison.Ordinal) + 1)..].Replace('_', ' ')
        );

    // Settings of other programs have their name in Hatcheck, where the person can find it.
    private static string TitleOf(string key) => Setting.All.FirstOrDefault(s => s.Key == key)?.Title.ToLowerInvariant() ?? key;

    private static IReadOnlyList<string> Suggestions(string typed)
    {
        var sought = typed.Trim().Replace(' ', '_');
        if (sought.Length < 3)
            return [];
        return
        [
            .. TimeZoneInfo
                .GetSystemTimeZones()
                .Select(z => z.Id)
                .Where(id =>
                    id.Contains('/', StringComparison.Ordinal) && id.Contains(sought, StringComparison.OrdinalIgnoreCase)
                )
                .OrderBy(id => id.Length)
                .ThenBy(id => id, StringComparer.Ordinal)
                .Take(MostSuggestions),
        ];
    }

    // Telegram shows at most 200 characters as the answer to a button.
    private static string Cut(string text) => text.Length <= 200 ? text : $"{text[..199]}…";
}

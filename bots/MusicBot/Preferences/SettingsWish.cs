using System.Globalization;
using Hatcheck.Bots;

namespace MusicBot.Preferences;

/// <summary>
/// What a person wants of their settings, typed or pressed. A button names what is to be, and no person: whoever presses it
/// can wish something for themself only, twice is the same as once, and a made-up payload can say no more than
/// <c>/settings</c> can.
/// </summary>
internal abstract record SettingsWish
{
    public const string Prefix = "settings";

    private SettingsWish() { }

    internal sealed record Show : SettingsWish;

    internal sealed record ChooseZone : SettingsWish;

    internal sealed record Set(Setting Setting, string Value) : SettingsWish;

    /// <summary>
    /// Back to what stood before that version, if it is still the newest: so a repeated press does not undo the undoing.
    /// </summary>
    internal sealed record Undo(int Version) : SettingsWish;

    internal sealed record Reset : SettingsWish;

    /// <summary>The button that says so.</summary>
    public Button Button(string text) =>
        new(
            text,
            Prefix,
            this switch
            {
                Show => "show",
                ChooseZone => "zones",
                Set set => $"set.{set.Setting.Name}.{set.Value}",
                Undo undo => string.Create(CultureInfo.InvariantCulture, $"undo.{undo.Version}"),
                _ => "reset",
            }
        );

    /// <summary>Null if no button of this bot says so.</summary>
    public static SettingsWish? Read(string payload) =>
        payload.Split('.', 3) switch
        {
            ["show"] => new Show(),
            ["zones"] => new ChooseZone(),
            ["reset"] => new Reset(),
            ["undo", var number]
                when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0 =>
                new Undo(version),
            ["set", var name, { Length: > 0 } value] when Setting.All.FirstOrDefault(s => s.Name == name) is { } setting =>
                new Set(setting, value),
            _ => null,
        };
}

using System.Globalization;
using Hatcheck.Bots;

namespace MusicBot.Preferences;

/// <summary>
/// A person's request about their settings, typed or pressed. A button names the new value but no person: it acts only for
/// the person who presses it, pressing twice equals once, and a forged payload can do no more than <c>/settings</c>.
/// </summary>
internal abstract record SettingsWish
{
    public const string Prefix = "settings";

    private SettingsWish() { }

    internal sealed record Show : SettingsWish;

    internal sealed record ChooseZone : SettingsWish;

    internal sealed record Set(Setting Setting, string Value) : SettingsWish;

    /// <summary>
    /// Goes back to the values before that version, if it is still the newest, so that a second press does not redo it.
    /// </summary>
    internal sealed record Undo(int Version) : SettingsWish;

    internal sealed record Reset : SettingsWish;

    /// <summary>The button for this request.</summary>
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

    /// <summary>Reads a payload; null if it is from no button of this bot.</summary>
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

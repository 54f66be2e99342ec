using Hatcheck.Client;
using Hatcheck.Contracts;

namespace MusicBot.Preferences;

/// <summary>How things stand after a wish.</summary>
/// <param name="Preferences">With whose each value is.</param>
/// <param name="LastChange">Null if there has been none, or the history has it no more.</param>
/// <param name="Note">What the person should know besides; null if nothing.</param>
internal sealed record SettingsState(PreferencesResponse Preferences, PreferenceChange? LastChange, SettingsNote? Note);

internal enum SettingsNote
{
    Undone,

    /// <summary>The button was drawn before the newest change: nothing was undone.</summary>
    ChangedSince,

    TooLongAgo,
    BackToDefaults,
}

/// <summary>
/// Reads and changes what a person set, of the preferences that this bot heeds; whatever others set is left alone.
/// </summary>
internal sealed partial class PersonalSettings(HatcheckClient hatcheck, ILogger<PersonalSettings> logger)
{
    private static readonly string[] Keys = [.. Setting.All.Select(s => s.Key)];

    /// <summary>Does what is wished, and tells how things stand then.</summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.Invalid"/>: the value does not fit, and nothing was
    /// changed.</exception>
    public async Task<SettingsState> FulfilAsync(Guid user, SettingsWish wish, CancellationToken cancellation)
    {
        SettingsNote? note = null;
        switch (wish)
        {
            case SettingsWish.Set set:
                await hatcheck.PatchPreferencesAsync(user, set.Setting.PatchTo(set.Value), etag: null, cancellation);
                break;
            case SettingsWish.Reset:
                await hatcheck.ResetPreferencesAsync(user, Keys, etag: null, cancellation);
                note = SettingsNote.BackToDefaults;
                break;
            case SettingsWish.Undo undo:
                note = await UndoAsync(user, undo.Version, cancellation);
                break;
        }

        var now = await hatcheck.GetPreferencesAsync(user, explain: true, cancellation);
        if (now.Version == 0)
            return new SettingsState(now, null, note);
        var newest = await hatcheck.ListPreferenceHistoryAsync(user, limit: 1, cancellation: cancellation);
        // Somebody may have changed something between the two calls: then it is not the change that the screen would undo.
        return new SettingsState(now, newest.Items.FirstOrDefault(change => change.Version == now.Version), note);
    }

    /// <summary>How to tell the person dates and times.</summary>
    public async Task<TimeStyle> TimeStyleAsync(Guid user, CancellationToken cancellation)
    {
        try
        {
            return TimeStyle.Of((await hatcheck.GetPreferencesAsync(user, cancellation: cancellation)).Values);
        }
        catch (HatcheckException refusal) when (refusal.Code == ProblemCodes.MissingScope)
        {
            // A key from before there were settings: what people could do with it they still can.
            NoScope(logger);
            return TimeStyle.Default;
        }
    }

    private async Task<SettingsNote> UndoAsync(Guid user, int version, CancellationToken cancellation)
    {
        var now = await hatcheck.GetPreferencesAsync(user, cancellation: cancellation);
        if (now.Version != version)
            return SettingsNote.ChangedSince;
        try
        {
            await hatcheck.RollBackPreferencesAsync(user, version - 1, now.Etag, cancellation);
            return SettingsNote.Undone;
        }
        catch (HatcheckException refusal) when (refusal.Code == ProblemCodes.PreferencesChanged)
        {
            return SettingsNote.ChangedSince;
        }
        catch (HatcheckException refusal) when (refusal.Code == ProblemCodes.PreferencesVersion)
        {
            return SettingsNote.TooLongAgo;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The API key lacks preferences:read, so dates are told in UTC and settings can't be shown.")]
    private static partial void NoScope(ILogger logger);
}

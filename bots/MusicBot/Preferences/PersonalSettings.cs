using Hatcheck.Client;
using Hatcheck.Contracts;

namespace MusicBot.Preferences;

/// <summary>The settings after a request.</summary>
/// <param name="Preferences">With the source of each value.</param>
/// <param name="LastChange">Null if there was none, or the history no longer has it.</param>
/// <param name="Note">A note for the person; null if none.</param>
internal sealed record SettingsState(PreferencesResponse Preferences, PreferenceChange? LastChange, SettingsNote? Note);

internal enum SettingsNote
{
    Undone,

    /// <summary>The button is older than the newest change: nothing was undone.</summary>
    ChangedSince,

    TooLongAgo,
    BackToDefaults,
}

/// <summary>
/// Reads and changes a person's values of the preferences that this bot uses; leaves all others alone.
/// </summary>
internal sealed partial class PersonalSettings(HatcheckClient hatcheck, ILogger<PersonalSettings> logger)
{
    private static readonly string[] Keys = [.. Setting.All.Select(s => s.Key)];

    /// <summary>Carries out a request, and returns the settings after it.</summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.Invalid"/>: a wrong value; nothing was changed.</exception>
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
        // Another change may have come between the two calls: then undo would not apply to it.
        return new SettingsState(now, newest.Items.FirstOrDefault(change => change.Version == now.Version), note);
    }

    /// <summary>The person's format of dates and times.</summary>
    public async Task<TimeStyle> TimeStyleAsync(Guid user, CancellationToken cancellation)
    {
        try
        {
            return TimeStyle.Of((await hatcheck.GetPreferencesAsync(user, cancellation: cancellation)).Values);
        }
        catch (HatcheckException refusal) when (refusal.Code == ProblemCodes.MissingScope)
        {
            // An API key older than the settings: everything else still works.
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

    [LoggerMessage(
        LogLevel.Warning,
        "The API key lacks preferences:read, so dates are shown in UTC and settings can't be shown."
    )]
    private static partial void NoScope(ILogger logger);
}

using System.Globalization;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;

namespace Hatcheck.Client;

/// <summary>
/// Preferences. Changes without a tag are repeated on an outage: each sets a value, and adds nothing.
/// </summary>
public sealed partial class HatcheckClient
{
    /// <summary>A user's effective preferences. Scope <c>preferences:read</c>.</summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="explain">True: the answer also holds the source of each value.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<PreferencesResponse> GetPreferencesAsync(
        Guid user,
        bool explain = false,
        CancellationToken cancellation = default
    ) =>
        transport.SendAsync(
            Call.Get($"users/{user}/preferences{(explain ? "?explain=true" : "")}"),
            HatcheckJson.Default.PreferencesResponse,
            cancellation
        );

    /// <summary>
    /// Changes a user's own values: sets what the patch names; null goes back to the inherited value (RFC 7396). Scope
    /// <c>preferences:write</c>.
    /// </summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="patch">Such as <c>{"interface":{"theme":"dark"}}</c>.</param>
    /// <param name="etag">
    /// <see cref="PreferencesResponse.Etag"/> of the values read: the change fails if they have changed since. Absent: changes
    /// any version.
    /// </param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.PreferencesChanged"/>: read and decide again.</exception>
    public Task<PreferencesResponse> PatchPreferencesAsync(
        Guid user,
        JsonObject patch,
        string? etag = null,
        CancellationToken cancellation = default
    ) =>
        ChangePreferencesAsync(
            Call.Send(HttpMethod.Patch, $"users/{user}/preferences", patch, HatcheckJson.Default.JsonObject),
            etag,
            cancellation
        );

    /// <summary>Replaces all of a user's own values; omitted ones are inherited. Scope <c>preferences:write</c>.</summary>
    public Task<PreferencesResponse> PutPreferencesAsync(
        Guid user,
        JsonObject ownValues,
        string? etag = null,
        CancellationToken cancellation = default
    ) =>
        ChangePreferencesAsync(
            Call.Send(HttpMethod.Put, $"users/{user}/preferences", ownValues, HatcheckJson.Default.JsonObject),
            etag,
            cancellation
        );

    /// <summary>Goes back to the inherited values. Scope <c>preferences:write</c>.</summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="keys">
    /// Categories and keys, such as <c>interface</c> or <c>notifications.quiet_hours.start</c>; absent: all.
    /// </param>
    /// <param name="etag">As in <see cref="PatchPreferencesAsync"/>.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<PreferencesResponse> ResetPreferencesAsync(
        Guid user,
        IReadOnlyList<string>? keys = null,
        string? etag = null,
        CancellationToken cancellation = default
    ) =>
        ChangePreferencesAsync(
            Call.Post(
                $"users/{user}/preferences/reset",
                new PreferenceResetRequest(keys),
                HatcheckJson.Default.PreferenceResetRequest
            ),
            etag,
            cancellation
        );

    /// <summary>Restores the own values of a version in the history. Scope <c>preferences:write</c>.</summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.PreferencesVersion"/>: it is not in the history.</exception>
    public Task<PreferencesResponse> RollBackPreferencesAsync(
        Guid user,
        int version,
        string? etag = null,
        CancellationToken cancellation = default
    ) =>
        ChangePreferencesAsync(
            Call.Post(
                $"users/{user}/preferences/rollback",
                new PreferenceRollbackRequest(version),
                HatcheckJson.Default.PreferenceRollbackRequest
            ),
            etag,
            cancellation
        );

    /// <summary>A page of the changes, newest first. Scope <c>preferences:read</c>.</summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="limit">Changes per page, 1 to 200; absent: the server's default.</param>
    /// <param name="cursor">From <see cref="PreferenceHistoryPage.NextCursor"/>; absent: the first page.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<PreferenceHistoryPage> ListPreferenceHistoryAsync(
        Guid user,
        int? limit = null,
        string? cursor = null,
        CancellationToken cancellation = default
    ) =>
        transport.SendAsync(
            Call.Get($"users/{user}/preferences/history{PageQuery(limit, cursor)}"),
            HatcheckJson.Default.PreferenceHistoryPage,
            cancellation
        );

    /// <summary>The schema of preferences: built-in and the tenant's own. Scope <c>preferences:read</c>.</summary>
    /// <param name="version">An older version; absent: the current one.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<PreferenceSchemaResponse> GetPreferenceSchemaAsync(
        int? version = null,
        CancellationToken cancellation = default
    ) =>
        transport.SendAsync(
            Call.Get($"preferences/schema{(version is { } one ? $"?version={one.ToString(CultureInfo.InvariantCulture)}" : "")}"),
            HatcheckJson.Default.PreferenceSchemaResponse,
            cancellation
        );

    /// <summary>
    /// Sets a new version of the tenant's own preferences; one equal to the current version changes nothing. Scope
    /// <c>preferences:admin</c>.
    /// </summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.Invalid"/>: every fault is in
    /// <see cref="HatcheckException.Errors"/>.</exception>
    public Task<PreferenceSchemaResponse> PutPreferenceSchemaAsync(
        PreferenceSchemaRequest schema,
        string? etag = null,
        CancellationToken cancellation = default
    ) =>
        transport.SendAsync(
            Call.Send(HttpMethod.Put, "preferences/schema", schema, HatcheckJson.Default.PreferenceSchemaRequest) with
            {
                IfMatch = etag,
                Repeatable = etag is null,
            },
            HatcheckJson.Default.PreferenceSchemaResponse,
            cancellation
        );

    /// <summary>
    /// Migrates the stored values of the next users to the current schema; call until <c>Remaining</c> is 0. Scope
    /// <c>preferences:admin</c>.
    /// </summary>
    public Task<PreferenceMigrationResult> MigratePreferencesAsync(int? limit = null, CancellationToken cancellation = default) =>
        transport.SendAsync(
            new Call(
                HttpMethod.Post,
                $"preferences/schema/migrate{(limit is { } most ? $"?limit={most.ToString(CultureInfo.InvariantCulture)}" : "")}"
            )
            {
                Repeatable = true,
                Patience = 4,
            },
            HatcheckJson.Default.PreferenceMigrationResult,
            cancellation
        );

    // With a tag, a repeat of a change whose answer was lost would look like another caller's change.
    private Task<PreferencesResponse> ChangePreferencesAsync(Call call, string? etag, CancellationToken cancellation) =>
        transport.SendAsync(
            call with
            {
                IfMatch = etag,
                Repeatable = etag is null,
            },
            HatcheckJson.Default.PreferencesResponse,
            cancellation
        );
}

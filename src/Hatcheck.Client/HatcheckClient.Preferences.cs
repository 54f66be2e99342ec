using System.Globalization;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;

namespace Hatcheck.Client;

/// <summary>
/// Preferences. Changes without a tag are repeated on an outage: each says what is to be, not what is to be added.
/// </summary>
public sealed partial class HatcheckClient
{
    /// <summary>The preferences that count for a person. Scope <c>preferences:read</c>.</summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="explain">Whether the answer also says whose each value is.</param>
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
    /// Changes a person's own values: what the patch names is set, null goes back to the inherited value (RFC 7396). Scope
    /// <c>preferences:write</c>.
    /// </summary>
    /// <param name="user">The user's ticket.</param>
    /// <param name="patch">As <c>{"interface":{"theme":"dark"}}</c>.</param>
    /// <param name="etag"><see cref="PreferencesResponse.Etag"/> of what was read: the change is made only if that still
    /// stands. Absent: whatever stands.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.PreferencesChanged"/>: read again and decide anew.</exception>
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

    /// <summary>Replaces all of a person's own values; what is left out is inherited. Scope <c>preferences:write</c>.</summary>
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
    /// <param name="keys">Categories and keys, as <c>interface</c> or <c>notifications.quiet_hours.start</c>; absent:
    /// all.</param>
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

    /// <summary>Goes back to the own values of a version in the history. Scope <c>preferences:write</c>.</summary>
    /// <exception cref="HatcheckException"><see cref="ProblemCodes.PreferencesVersion"/>: the history has it no more.</exception>
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
    /// <param name="limit">Changes a page, 1 to 200; absent: the server's default.</param>
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

    /// <summary>The preferences that there are, built in and the tenant's own. Scope <c>preferences:read</c>.</summary>
    /// <param name="version">An older version; absent: today's.</param>
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
    /// Puts a new version of the tenant's own preferences; one that says what today's says changes nothing. Scope
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
    /// Brings the stored values of some more people to today's schema; call until <c>Remaining</c> is 0. Scope
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

    // With a tag a repeat of what was done, but not answered, would be refused as if somebody else had done it.
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

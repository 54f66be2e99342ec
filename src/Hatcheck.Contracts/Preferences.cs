using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hatcheck.Contracts;

/// <summary>
/// A user's effective preferences: the user's own values, else the tenant's defaults, else the built-in ones. Answer of
/// <c>GET|PUT|PATCH /users/{id}/preferences</c>, <c>POST …/reset</c> and <c>POST …/rollback</c>.
/// </summary>
/// <param name="UserId">The (surviving) user.</param>
/// <param name="Version">Grows by one with each change of the user's own values; 0 before the first.</param>
/// <param name="SchemaVersion">
/// The version of the tenant's schema that the values conform to; 0 if the tenant has none.
/// </param>
/// <param name="Etag">The answer's <c>ETag</c>, with its quotes, for <c>If-Match</c>.</param>
/// <param name="UpdatedAt">When the user's own values last changed, UTC; absent if they never did.</param>
/// <param name="Values">Categories with their keys.</param>
/// <param name="Sources">
/// With <c>?explain=true</c>: the same document with <c>built_in</c>, <c>tenant</c> or <c>user</c> in place of each value.
/// </param>
/// <param name="Unfit">
/// Own values that do not conform to the current schema and are ignored; the history keeps them.
/// </param>
public sealed record PreferencesResponse(
    Guid UserId,
    [property: Range(0, int.MaxValue)] int Version,
    [property: Range(0, int.MaxValue)] int SchemaVersion,
    string Etag,
    DateTimeOffset? UpdatedAt,
    [property: OpenObject] JsonObject Values,
    [property: OpenObject] JsonObject? Sources = null,
    IReadOnlyList<UnfitPreference>? Unfit = null
);

/// <summary>An own value that does not conform to the current schema.</summary>
/// <param name="Key">Its path, such as <c>notifications.quiet_hours.start</c>.</param>
/// <param name="Value">The value.</param>
/// <param name="Reason">What the schema requires.</param>
public sealed record UnfitPreference(string Key, JsonElement Value, string Reason);

/// <summary>Body of <c>POST /users/{id}/preferences/reset</c>.</summary>
/// <param name="Keys">
/// Categories (<c>interface</c>) and keys (<c>notifications.quiet_hours.start</c>) to reset to the inherited values;
/// absent: all.
/// </param>
[Request("""{ "keys": ["interface", "notifications.quiet_hours.start"] }""")]
public sealed record PreferenceResetRequest([property: Length(1, 250)] IReadOnlyList<string>? Keys = null);

/// <summary>Body of <c>POST /users/{id}/preferences/rollback</c>.</summary>
/// <param name="Version">A version that the history still holds; 0 is before the first change.</param>
[Request("""{ "version": 3 }""")]
public sealed record PreferenceRollbackRequest([property: Required, Range(0, int.MaxValue)] int? Version);

/// <summary>A change of a user's own values.</summary>
/// <param name="Version">The version that the change created.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Act"><c>update</c>, <c>replace</c>, <c>reset</c>, <c>rollback</c> or <c>migrate</c>.</param>
/// <param name="Actor">The caller, in the audit log's notation.</param>
/// <param name="SchemaVersion">The schema's version at the time.</param>
/// <param name="Changes">One entry per key.</param>
public sealed record PreferenceChange(
    [property: Range(1, int.MaxValue)] int Version,
    DateTimeOffset At,
    string Act,
    string Actor,
    [property: Range(0, int.MaxValue)] int SchemaVersion,
    IReadOnlyList<PreferenceKeyChange> Changes
);

/// <summary>The change of one key.</summary>
/// <param name="Key">Its path.</param>
/// <param name="Old">The own value before; absent if the value was inherited.</param>
/// <param name="New">The own value after; absent if the value is inherited now.</param>
/// <param name="Reason">Why the schema removed the value; absent if the caller changed it.</param>
public sealed record PreferenceKeyChange(string Key, JsonElement? Old = null, JsonElement? New = null, string? Reason = null);

/// <summary>A page of the history, newest first.</summary>
/// <param name="Items">At most <c>limit</c> changes.</param>
/// <param name="NextCursor">Pass it as <c>cursor</c> for the next page; absent on the last page.</param>
public sealed record PreferenceHistoryPage(
    [property: MaxLength(200)] IReadOnlyList<PreferenceChange> Items,
    string? NextCursor = null
);

/// <summary>A tenant's additions to the built-in preferences. Body of <c>PUT /preferences/schema</c>.</summary>
/// <param name="Properties">
/// Categories and keys of the tenant's own, in the subset of JSON Schema of <c>docs/concepts/preferences.md</c>.
/// </param>
/// <param name="Defaults">Values that replace built-in defaults, as a document of categories and keys.</param>
/// <param name="Migrations">One step for each key that the previous version has and this one lacks.</param>
[Request(
    """
        {
          "properties": {
            "music": {
              "type": "object",
              "properties": { "volume": { "type": "integer", "minimum": 0, "maximum": 11, "default": 5 } }
            }
          },
          "defaults": { "interface": { "theme": "dark" } }
        }
        """
)]
public sealed record PreferenceSchemaRequest(
    [property: OpenObject] JsonElement? Properties = null,
    [property: OpenObject] JsonElement? Defaults = null,
    [property: MaxLength(400)] IReadOnlyList<PreferenceMigration>? Migrations = null
);

/// <summary>
/// A step from one version of the schema to the next: <c>from</c> and <c>to</c> rename a key, <c>drop</c> removes one.
/// </summary>
[Request("""{ "from": "music.auto_play", "to": "music.autoplay" }""")]
public sealed record PreferenceMigration(string? From = null, string? To = null, string? Drop = null);

/// <summary>A version of the tenant's schema. Answer of <c>GET|PUT /preferences/schema</c>.</summary>
/// <param name="Version">1 or more; 0 if the tenant has no schema.</param>
/// <param name="Etag">The answer's <c>ETag</c>, with its quotes, for <c>If-Match</c>.</param>
/// <param name="At">When it was stored, UTC; absent for version 0.</param>
/// <param name="Actor">The caller who stored it, in the audit log's notation.</param>
/// <param name="BuiltIn">The built-in categories and keys.</param>
/// <param name="Properties">The tenant's own.</param>
/// <param name="Defaults">The tenant's values that replace built-in defaults.</param>
/// <param name="Migrations">The steps from the previous version.</param>
public sealed record PreferenceSchemaResponse(
    [property: Range(0, int.MaxValue)] int Version,
    string Etag,
    DateTimeOffset? At,
    string? Actor,
    [property: OpenObject] JsonElement BuiltIn,
    [property: OpenObject] JsonElement? Properties,
    [property: OpenObject] JsonElement? Defaults,
    IReadOnlyList<PreferenceMigration>? Migrations
);

/// <summary>Answer of <c>POST /preferences/schema/migrate</c>.</summary>
/// <param name="Migrated">Users whose values this call migrated to the current schema.</param>
/// <param name="Unfit">Their values that did not conform and are now only in the history.</param>
/// <param name="Remaining">Users not yet migrated: call again until it is 0.</param>
public sealed record PreferenceMigrationResult(
    [property: Range(0, int.MaxValue)] int Migrated,
    [property: Range(0, int.MaxValue)] int Unfit,
    [property: Range(0, int.MaxValue)] int Remaining
);

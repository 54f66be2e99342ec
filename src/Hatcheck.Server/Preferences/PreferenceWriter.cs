using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Preferences.Schemas;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Preferences;

/// <summary>Stores a change with its history and its audit entry: one batch, one transaction, one round trip.</summary>
internal sealed class PreferenceWriter(Database database, IOptions<PreferenceOptions> options)
{
    private const string Living = "from users where tenant_id = $1 and user_id = $2 and erased_at is null and deleted_at is null and merged_into is null {for share}";

    private const string Insert =
        "insert into preferences (tenant_id, user_id, version, schema_version, change_id, updated_at, own_values) select $1, $2, $3, $4, $5, $6, $7 " + Living;

    private const string Update =
        "update preferences set version = $3, schema_version = $4, change_id = $5, updated_at = $6, own_values = $7 "
        + "where tenant_id = $1 and user_id = $2 and version = $8 and schema_version = $9 and exists (select 1 " + Living + ")";

    // Only if the statement before has made this change.
    private const string IfMade = "from preferences where tenant_id = $1 and user_id = $2 and change_id = $3";

    private const string InsertHistory =
        "insert into preference_history (tenant_id, user_id, change_id, version, at, change) select $1, $2, $3, $4, $5, $6 " + IfMade;

    private const string InsertAuditKey =
        "insert into user_keys (tenant_id, user_id, purpose, version, kek_id, wrapped, created_at) select $1, $2, $4, $5, $6, $7, $8 " + IfMade;

    private const string DropOldVersions = "delete from preference_history where tenant_id = $1 and user_id = $2 and version <= $3";

    // Of everybody in the tenant: a person who changes nothing any more must not keep a history for ever.
    private const string DropOldAges = "delete from preference_history where tenant_id = $1 and at < {now} - $2";

    /// <summary>The state after it; null if the person or what was read is no more, so that nothing was stored.</summary>
    public async Task<PreferenceState?> TryWriteAsync(
        Caller caller,
        PersonVault vault,
        PreferenceState state,
        Act act,
        Proposal.Values proposed,
        CancellationToken cancellation)
    {
        var changes = Changes(state.Stored, proposed.Own, state.Unfit.Concat(proposed.Unfit));
        var next = state with { Own = proposed.Own, Stored = proposed.Own, Unfit = proposed.Unfit, StoredSchema = state.Schema.Version };
        if (changes.Count == 0 && (state.StoredSchema == state.Schema.Version || act != PreferenceActs.Migrate)) return next with { StoredSchema = state.StoredSchema };
        if (changes.Count > 0) next = next with { Version = state.Version + 1, UpdatedAt = state.ReadAt };
        var change = Guid.NewGuid();
        var values = new SealedValues(next.Version, next.StoredSchema, next.Own);
        var cell = await vault.SealAsync(PreferenceRow.Sealed.At(KeyOwner.User(state.User)), values, cancellation);
        object?[] row = [caller.Tenant, state.User, next.Version, next.StoredSchema, change, next.UpdatedAt, cell];
        var statements = new List<(string Sql, object?[] Parameters)>
        {
            state.Version == 0 ? (Insert, row) : (Update, [.. row, state.Version, state.StoredSchema]),
        };
        if (changes.Count > 0)
        {
            await AddHistoryAsync(statements, caller, vault, next, act, change, changes, cancellation);
            await AddAuditAsync(statements, caller, vault, next, act, change, changes, cancellation);
        }

        try
        {
            return (await database.ExecuteAsync(caller.Tenant, statements, cancellation))[0] == 1 ? next : null;
        }
        catch (Exception fault) when (StorageFaults.Classify(fault) is StorageFault.Duplicate or StorageFault.RolledBack)
        {
            // The first values or the audit key were made by somebody else at the same moment, or the person was merged or erased.
            return null;
        }
    }

    /// <summary>Key by key what differs, and why where it was the schema.</summary>
    public static List<PreferenceKeyChange> Changes(
        IReadOnlyDictionary<string, JsonElement> before, IReadOnlyDictionary<string, JsonElement> after, IEnumerable<Unfit> unfit)
    {
        var reasons = unfit.ToLookup(value => value.Key, value => value.Reason, StringComparer.Ordinal);
        var changes = new List<PreferenceKeyChange>();
        foreach (var path in before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            JsonElement? old = before.TryGetValue(path, out var was) ? was : null;
            JsonElement? now = after.TryGetValue(path, out var value) ? value : null;
            if (old is { } one && now is { } other && JsonElement.DeepEquals(one, other)) continue;
            changes.Add(new PreferenceKeyChange(path, old, now, now is null ? reasons[path].FirstOrDefault() : null));
        }

        return changes;
    }

    private async Task AddHistoryAsync(
        List<(string Sql, object?[] Parameters)> statements,
        Caller caller,
        PersonVault vault,
        PreferenceState next,
        Act act,
        Guid change,
        List<PreferenceKeyChange> changes,
        CancellationToken cancellation)
    {
        var (name, actor) = (PreferenceActs.InHistory(act), caller.Actor.Text);
        var content = new SealedChange(next.Version, next.StoredSchema, name, actor, changes, next.Own);
        var cell = await vault.SealAsync(PreferenceHistoryRow.Sealed.At(KeyOwner.User(next.User), change), content, cancellation);
        statements.Add((InsertHistory, [caller.Tenant, next.User, change, next.Version, next.UpdatedAt!.Value, cell]));
        statements.Add((DropOldVersions, [caller.Tenant, next.User, next.Version - options.Value.HistoryVersions]));
        statements.Add((DropOldAges, [caller.Tenant, options.Value.HistoryAge]));
    }

    // The names of the keys and no value: who may read the audit log is not therefore to read the preferences.
    private static async Task AddAuditAsync(
        List<(string Sql, object?[] Parameters)> statements,
        Caller caller,
        PersonVault vault,
        PreferenceState next,
        Act act,
        Guid change,
        List<PreferenceKeyChange> changes,
        CancellationToken cancellation)
    {
        var owner = KeyOwner.AuditOf(next.User);
        if (await vault.EnsureAsync(owner, cancellation) is { } row)
        {
            object?[] key = [caller.Tenant, next.User, change, row.Purpose, row.Version, row.KekId, row.Wrapped, row.CreatedAt];
            statements.Add((InsertAuditKey, key));
        }

        var names = string.Join(' ', changes.Select(one => one.Key));
        var entry = new PersonEntry(next.User, change, next.UpdatedAt!.Value, names);
        statements.Add(await AuditTrail.StatementAsync(vault, act, caller.Actor, entry, IfMade, cancellation));
    }
}

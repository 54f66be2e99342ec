using System.Text.Json;
using Hatcheck.Crypto;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Preferences;

/// <summary>
/// Reads and changes users' preferences. A change is computed from the version that was read. One batch stores it with its
/// history and audit entry, if that version is still current. Else it is computed again, so that every concurrent change
/// takes effect.
/// </summary>
internal sealed class PreferenceStore(
    Database database,
    UserDirectory people,
    PersonChanges changes,
    PersonVaults vaults,
    TenantSchemas schemas,
    PreferenceHistory history
)
{
    private const string Active =
        "from users where tenant_id = $1 and user_id = $2 "
        + "and erased_at is null and deleted_at is null and merged_into is null {for share}";

    private const string Insert =
        "insert into preferences (tenant_id, user_id, version, schema_version, change_id, updated_at, own_values) "
        + "select $1, $2, $3, $4, $5, $6, $7 "
        + Active;

    private const string Swap =
        "update preferences set version = $3, schema_version = $4, change_id = $5, updated_at = $6, own_values = $7 "
        + "where tenant_id = $1 and user_id = $2 and version = $8 and schema_version = $9 and exists (select 1 "
        + Active
        + ")";

    private const string InsertAuditKey =
        "insert into user_keys (tenant_id, user_id, purpose, version, kek_id, wrapped, created_at) "
        + "select $1, $2, $4, $5, $6, $7, $8 "
        + PreferenceHistory.IfMade;

    private static readonly Columns Own = new(UserDirectory.Person);
    private static readonly Field Version = Own.Add("p.version");
    private static readonly Field SchemaVersion = Own.Add("p.schema_version");
    private static readonly Field ChangeId = Own.Add("p.change_id");
    private static readonly Field UpdatedAt = Own.Add("p.updated_at");
    private static readonly Field OwnValues = Own.Add("p.own_values");
    private static readonly WrappedKey.Fields AuditKey = new(Own, "a", UserDirectory.Id, KeyPurpose.Audit);

    private static readonly Field Newest = Own.Add(
        "coalesce((select max(t.version) from preference_schemas t where t.tenant_id = $1), 0)"
    );

    private static readonly Field Now = Own.Add("{now}");

    private static readonly PersonQuery<Stored> Query = new(
        Own,
        "left join preferences p on p.tenant_id = s.tenant_id and p.user_id = s.user_id "
            + "left join user_keys a on a.tenant_id = s.tenant_id and a.user_id = s.user_id and a.purpose = 'audit'",
        static row => new Stored(
            row.IsNull(Version)
                ? null
                : new PreferenceRow
                {
                    UserId = row.Guid(UserDirectory.Id),
                    Version = row.Number(Version),
                    SchemaVersion = row.Number(SchemaVersion),
                    ChangeId = row.Guid(ChangeId),
                    UpdatedAt = row.Instant(UpdatedAt),
                    OwnValues = row.Bytes(OwnValues),
                },
            AuditKey.Read(row),
            row.Number(Newest),
            row.Instant(Now)
        ),
        "a.version desc"
    );

    /// <summary>One round trip, once the node has cached the tenant's schema.</summary>
    public async Task<Outcome<PreferenceState>> ReadAsync(Guid tenant, Guid user, CancellationToken cancellation)
    {
        var (lookup, stored) = await people.FindAsync(tenant, user, Query, cancellation);
        if (lookup is not PersonLookup.Found person)
            return lookup.Refusal();
        using var vault = vaults.Open(tenant, person.Keys);
        return await OpenAsync(vault, person, stored!, cancellation);
    }

    /// <summary>Changes own values by JSON Merge Patch.</summary>
    public Task<Outcome<PreferenceState>> PatchAsync(ChangeTerms terms, JsonElement patch, CancellationToken cancellation) =>
        ChangeAsync(terms, PreferenceActs.Update, state => state.Merge(patch), cancellation);

    /// <summary>Replaces all own values.</summary>
    public Task<Outcome<PreferenceState>> ReplaceAsync(ChangeTerms terms, JsonElement document, CancellationToken cancellation) =>
        ChangeAsync(terms, PreferenceActs.Replace, state => state.Replace(document), cancellation);

    /// <summary>Removes own values: all, or those of categories and keys.</summary>
    public Task<Outcome<PreferenceState>> ResetAsync(
        ChangeTerms terms,
        IReadOnlyList<string>? keys,
        CancellationToken cancellation
    ) => ChangeAsync(terms, PreferenceActs.Reset, state => state.Reset(keys), cancellation);

    /// <summary>Restores the own values of a version that the history still holds.</summary>
    public Task<Outcome<PreferenceState>> RollBackAsync(ChangeTerms terms, int version, CancellationToken cancellation) =>
        ChangeAsync(
            terms,
            PreferenceActs.RollBack,
            (vault, state, stop) => history.ValuesOfAsync(vault, state, version, stop),
            cancellation
        );

    /// <summary>Stores own values under the current schema; the outcome names those that do not conform.</summary>
    public Task<Outcome<PreferenceState>> MigrateAsync(ChangeTerms terms, CancellationToken cancellation) =>
        ChangeAsync(terms, PreferenceActs.Migrate, state => new ProposedValues(state.Own, state.Unfit), cancellation);

    private Task<Outcome<PreferenceState>> ChangeAsync(
        ChangeTerms terms,
        Act act,
        Func<PreferenceState, Outcome<ProposedValues>> propose,
        CancellationToken cancellation
    ) => ChangeAsync(terms, act, (_, state, _) => ValueTask.FromResult(propose(state)), cancellation);

    // Two round trips, and two more each time that another request was first.
    private Task<Outcome<PreferenceState>> ChangeAsync(
        ChangeTerms terms,
        Act act,
        Func<PersonVault, PreferenceState, CancellationToken, ValueTask<Outcome<ProposedValues>>> propose,
        CancellationToken cancellation
    ) =>
        changes.BatchAsync<Stored, PreferenceState>(
            terms.Tenant,
            terms.User,
            Query,
            async (person, stored, stop) =>
            {
                using var vault = vaults.Open(terms.Tenant, person.Keys);
                vault.MarkComplete(person.User);
                if (stored.AuditKey is { } auditKey)
                    vault.AddKey(auditKey);
                var state = await OpenAsync(vault, person, stored, stop);
                if (terms.Match is { } changed && !changed.Match.Allows(state.Etag))
                    return changed;
                var proposed = await propose(vault, state, stop);
                return await proposed.ThenAsync(values => WriteAsync(vault, state, values, (act, terms.Actor), stop));
            },
            cancellation
        );

    private async Task<PreferenceState> OpenAsync(
        PersonVault vault,
        PersonLookup.Found person,
        Stored stored,
        CancellationToken cancellation
    )
    {
        var writtenUnder = stored.Row?.SchemaVersion ?? stored.Schema;
        var steps = await schemas.StepsAsync(vault.Tenant, writtenUnder, stored.Schema, cancellation);
        if (stored.Row is not { } row)
            return new PreferenceState(person, stored.Now, 0, stored.Schema, null, None(), None(), [], steps[^1]);
        var values = await SealedValues.OpenAsync(vault, row, cancellation);
        var (own, unfit) = SchemaMigration.Run(values, steps);
        return new PreferenceState(
            person,
            stored.Now,
            row.Version,
            row.SchemaVersion,
            row.UpdatedAt,
            values,
            own,
            unfit,
            steps[^1]
        );
    }

    // A change without effect is not stored, unless it records a new schema.
    private async Task<Outcome<PreferenceState>> WriteAsync(
        PersonVault vault,
        PreferenceState state,
        ProposedValues proposed,
        (Act Act, Actor Actor) by,
        CancellationToken cancellation
    )
    {
        var keys = PreferenceState.Differences(state.Stored, proposed.Own, state.Unfit.Concat(proposed.Unfit));
        var next = state with { Own = proposed.Own, Stored = proposed.Own, Unfit = proposed.Unfit };
        var isMigration = by.Act == PreferenceActs.Migrate && state.StoredSchema != state.Schema.Version;
        if (keys.Count == 0 && !isMigration)
            return next;
        next = next with { StoredSchema = state.Schema.Version };
        if (keys.Count > 0)
            next = next with { Version = state.Version + 1, UpdatedAt = state.ReadAt };
        var made = new NewPreferenceChange(Guid.NewGuid(), by.Act, by.Actor, next, keys);
        var statements = new List<(string Sql, object?[] Parameters)> { await StoreAsync(vault, state, made, cancellation) };
        if (keys.Count > 0)
        {
            statements.AddRange(await history.KeepAsync(vault, made, cancellation));
            statements.AddRange(await RecordAsync(vault, made, cancellation));
        }

        var changed = await database.ExecuteAsync(vault.Tenant, statements, cancellation);
        // Changed, deleted, merged or erased since the look-up: nothing was stored.
        return changed[0] == 1 ? next : new Refusal.Busy();
    }

    private static async Task<(string Sql, object?[] Parameters)> StoreAsync(
        PersonVault vault,
        PreferenceState before,
        NewPreferenceChange made,
        CancellationToken cancellation
    )
    {
        var after = made.After;
        var values = new SealedValues(after.Version, after.StoredSchema, after.Own);
        var cell = await vault.SealAsync(PreferenceRow.Sealed.At(KeyOwner.User(after.User)), values, cancellation);
        object?[] row = [vault.Tenant, after.User, after.Version, after.StoredSchema, made.Id, after.UpdatedAt, cell];
        return before.Version == 0 ? (Insert, row) : (Swap, [.. row, before.Version, before.StoredSchema]);
    }

    // The names of the keys but no values: readers of the audit log may lack permission to read preferences.
    private static async Task<IReadOnlyList<(string Sql, object?[] Parameters)>> RecordAsync(
        PersonVault vault,
        NewPreferenceChange made,
        CancellationToken cancellation
    )
    {
        var user = made.After.User;
        var key = await vault.EnsureAsync(KeyOwner.AuditOf(user), cancellation);
        var names = string.Join(' ', made.Keys.Select(one => one.Key));
        var entry = new PersonEntry(user, made.Id, made.After.UpdatedAt!.Value, names);
        var audit = await AuditTrail.StatementAsync(vault, made.Act, made.Actor, entry, PreferenceHistory.IfMade, cancellation);
        if (key is null)
            return [audit];
        object?[] added = [vault.Tenant, user, made.Id, key.Purpose, key.Version, key.KekId, key.Wrapped, key.CreatedAt];
        return [(InsertAuditKey, added), audit];
    }

    private static SortedDictionary<string, JsonElement> None() => new(StringComparer.Ordinal);

    /// <summary>The database's rows for the user.</summary>
    /// <param name="Row">Null if there is no own value yet.</param>
    /// <param name="AuditKey">The newest; null if not created yet.</param>
    /// <param name="Schema">The tenant's newest version.</param>
    /// <param name="Now">The time of the read, by the database's clock.</param>
    private sealed record Stored(PreferenceRow? Row, WrappedKey? AuditKey, int Schema, DateTimeOffset Now);
}

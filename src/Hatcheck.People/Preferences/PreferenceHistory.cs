using Hatcheck.Contracts;
using Hatcheck.People.Preferences.Schemas;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.People.Preferences;

/// <summary>A change to be stored.</summary>
/// <param name="Id">A random id, which the statements of its batch refer to.</param>
/// <param name="Act">The act.</param>
/// <param name="Actor">The actor.</param>
/// <param name="After">The preferences after the change.</param>
/// <param name="Keys">The keys that differ.</param>
internal sealed record NewPreferenceChange(
    Guid Id,
    Act Act,
    Actor Actor,
    PreferenceState After,
    IReadOnlyList<PreferenceKeyChange> Keys
);

/// <summary>The stored changes of a user's preferences, for reading and for rollback.</summary>
internal sealed class PreferenceHistory(
    Database database,
    UserDirectory people,
    PersonVaults vaults,
    TenantSchemas schemas,
    IOptions<PreferenceOptions> options
)
{
    /// <summary>
    /// Makes a statement take effect only if the change was stored; its first three parameters are tenant, user and
    /// change.
    /// </summary>
    public const string IfMade = "from preferences where tenant_id = $1 and user_id = $2 and change_id = $3";

    private const string Insert =
        "insert into preference_history (tenant_id, user_id, change_id, version, at, change) "
        + "select $1, $2, $3, $4, $5, $6 "
        + IfMade;

    private const string DropOldVersions =
        "delete from preference_history where tenant_id = $1 and user_id = $2 and version <= $3";

    // For all users of the tenant: an inactive user must not keep a history for ever.
    private const string DropOldAges = "delete from preference_history where tenant_id = $1 and at < {now} - $2";

    // The tenant's next change deletes expired rows; until then no one sees them.
    private const string Columns =
        "select version, at, change_id, change from preference_history where tenant_id = $1 and user_id = $2 ";

    private const string PageQuery = Columns + "and version < $3 and at >= {now} - $4 order by version desc limit $5";
    private const string OneQuery = Columns + "and version = $3 and at >= {now} - $4";

    /// <summary>Changes older than a version, newest first; one more than <paramref name="limit"/> if there are more.</summary>
    public async Task<Outcome<List<PreferenceChange>>> PageAsync(
        Guid tenant,
        Guid user,
        int before,
        int limit,
        CancellationToken cancellation
    )
    {
        var lookup = await people.FindAsync(tenant, user, cancellation);
        if (lookup is not PersonLookup.Found person)
            return lookup.Refusal();
        object[] parameters = [tenant, person.User, before, options.Value.HistoryAge, limit + 1];
        var rows = await database.QueryAsync(tenant, PageQuery, parameters, row => Read(row, tenant, person.User), cancellation);
        using var vault = vaults.Open(tenant, person.Keys);
        var changes = new List<PreferenceChange>(rows.Count);
        foreach (var row in rows)
            changes.Add(View(row, await SealedChange.OpenAsync(vault, row, cancellation)));
        return changes;
    }

    /// <summary>The values of a stored version, migrated to the current schema.</summary>
    public async ValueTask<Outcome<ProposedValues>> ValuesOfAsync(
        PersonVault vault,
        PreferenceState state,
        int version,
        CancellationToken cancellation
    )
    {
        if (version == 0)
            return new ProposedValues(new(StringComparer.Ordinal), []);
        if (version == state.Version)
            return new ProposedValues(state.Own, []);
        var tenant = vault.Tenant;
        object[] parameters = [tenant, state.User, version, options.Value.HistoryAge];
        var rows = await database.QueryAsync(tenant, OneQuery, parameters, row => Read(row, tenant, state.User), cancellation);
        if (rows is not [var row])
            return new PreferenceRefusal.NotKept();
        var change = await SealedChange.OpenAsync(vault, row, cancellation);
        var steps = await schemas.StepsAsync(tenant, change.SchemaVersion, state.Schema.Version, cancellation);
        var (values, unfit) = SchemaMigration.Run(change.Values, steps);
        return new ProposedValues(values, unfit);
    }

    /// <summary>Statements that store a change, for the same batch, and delete changes beyond the limits.</summary>
    public async Task<IReadOnlyList<(string Sql, object?[] Parameters)>> KeepAsync(
        PersonVault vault,
        NewPreferenceChange made,
        CancellationToken cancellation
    )
    {
        var (tenant, after) = (vault.Tenant, made.After);
        var (act, actor) = (PreferenceActs.InHistory(made.Act), made.Actor.Text);
        var content = new SealedChange(after.Version, after.StoredSchema, act, actor, made.Keys, after.Own);
        var place = PreferenceHistoryRow.Sealed.At(KeyOwner.User(after.User), made.Id);
        var cell = await vault.SealAsync(place, content, cancellation);
        return
        [
            (Insert, [tenant, after.User, made.Id, after.Version, after.UpdatedAt!.Value, cell]),
            (DropOldVersions, [tenant, after.User, after.Version - options.Value.HistoryVersions]),
            (DropOldAges, [tenant, options.Value.HistoryAge]),
        ];
    }

    public static PreferenceChange View(PreferenceHistoryRow row, SealedChange change) =>
        new(row.Version, row.At, change.Act, change.Actor, change.SchemaVersion, change.Changes);

    private static PreferenceHistoryRow Read(Row row, Guid tenant, Guid user) =>
        new()
        {
            TenantId = tenant,
            UserId = user,
            Version = row.Number("version"),
            At = row.Instant("at"),
            ChangeId = row.Guid("change_id"),
            Change = row.Bytes("change"),
        };
}

using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Preferences.Schemas;
using Hatcheck.Server.Users;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Preferences;

/// <summary>The changes of a person's preferences that are still kept: to look at, and to go back to.</summary>
internal sealed class PreferenceHistory(
    Database database, PersonVaults vaults, TenantSchemas schemas, IOptions<PreferenceOptions> options)
{
    // Rows that have outlived their time go with the tenant's next change; until then nobody is shown them.
    private const string Columns = "select version, at, change_id, change from preference_history where tenant_id = $1 and user_id = $2 ";
    private const string PageQuery = Columns + "and version < $3 and at >= {now} - $4 order by version desc limit $5";
    private const string OneQuery = Columns + "and version = $3 and at >= {now} - $4";

    /// <summary>Changes older than a version, newest first; one more than <paramref name="limit"/> if there are more.</summary>
    public async Task<List<PreferenceChange>> PageAsync(Guid tenant, PersonLookup.Found person, int before, int limit, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(tenant, PageQuery, [tenant, person.User, before, options.Value.HistoryAge, limit + 1], row => Read(row, tenant, person.User), cancellation);
        if (rows.Count == 0) return [];
        using var vault = vaults.Open(tenant, person.Keys);
        var changes = new List<PreferenceChange>(rows.Count);
        foreach (var row in rows) changes.Add(View(row, await PreferenceState.OpenAsync(vault, row, cancellation)));
        return changes;
    }

    /// <summary>The values of a version that is still kept, brought to today's schema.</summary>
    public async ValueTask<Proposal> RollBackAsync(Guid tenant, PreferenceState state, int version, CancellationToken cancellation)
    {
        if (version == 0) return new Proposal.Values(new(StringComparer.Ordinal), []);
        if (version == state.Version) return new Proposal.Values(state.Own, []);
        var rows = await database.QueryAsync(tenant, OneQuery, [tenant, state.User, version, options.Value.HistoryAge], row => Read(row, tenant, state.User), cancellation);
        if (rows is not [var row]) return new Proposal.NotKept();
        using var vault = vaults.Open(tenant, state.Person.Keys);
        var change = await PreferenceState.OpenAsync(vault, row, cancellation);
        var (values, unfit) = SchemaMigration.Run(change.Values, await schemas.StepsAsync(tenant, change.SchemaVersion, state.Schema.Version, cancellation));
        return new Proposal.Values(values, unfit);
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

using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Users.Rotation;

/// <summary>Identities and values of profiles of a tenant under one version of its index key.</summary>
/// <param name="TenantId">The tenant.</param>
/// <param name="Version">The index key's version.</param>
/// <param name="Rows">How many have a row under the version.</param>
/// <param name="Left">How many of these have none under a newer version; null for the newest.</param>
internal sealed record VersionRows(Guid TenantId, int Version, long Rows, long? Left);

/// <summary>
/// Reports the progress of rotations. It counts every row, so it uses the connection without the request time-out; on
/// PostgreSQL this needs the maintenance role.
/// </summary>
internal sealed class RotationStatus(Database database, IEnumerable<IBlindIndexTable> tables)
{
    private readonly string values = string.Join(" union all ", tables.Select(table => table.CountQuery));

    /// <summary>Every tenant with more than one live index key, its versions newest first.</summary>
    public async Task<List<VersionRows>> UnderWayAsync(CancellationToken cancellation)
    {
        var versions = new List<VersionRows>();
        foreach (
            var row in await CountAsync(
                "select k.tenant_id, k.version, count(o.tenant_id) as total, "
                    + "sum(case when o.tenant_id is null or o.renewed then 0 else 1 end) as behind "
                    + "from tenant_keys k left join ("
                    + values
                    + ") o on o.tenant_id = k.tenant_id and o.key_version = k.version "
                    + "where k.purpose = 'index' and k.state = 'live' and k.tenant_id in "
                    + "(select l.tenant_id from tenant_keys l where l.purpose = 'index' and l.state = 'live' "
                    + "group by l.tenant_id having count(*) > 1) "
                    + "group by k.tenant_id, k.version order by k.tenant_id, k.version desc",
                [],
                row => new VersionRows(
                    row.Guid("tenant_id"),
                    row.Number("version"),
                    row.LongNumber("total"),
                    row.LongNumber("behind")
                ),
                cancellation
            )
        )
        {
            var isNewest = versions.Count == 0 || versions[^1].TenantId != row.TenantId;
            versions.Add(isNewest ? row with { Left = null } : row);
        }

        return versions;
    }

    /// <summary>The number of the tenant's values without a row under a version.</summary>
    public async Task<long> LeftAsync(Guid tenant, int version, CancellationToken cancellation) =>
        (
            await CountAsync(
                "select count(*) as behind from ("
                    + values
                    + ") o where o.tenant_id = $1 and o.key_version < $2 and not o.renewed",
                [tenant, version],
                row => row.LongNumber("behind"),
                cancellation
            )
        )[0];

    private Task<List<T>> CountAsync<T>(string sql, object?[] parameters, Func<Row, T> read, CancellationToken cancellation) =>
        database.AcrossTenantsAsync(
            (all, stop) =>
            {
                all.NoTimeout = true;
                return all.QueryAsync(sql, parameters, read, stop);
            },
            cancellation
        );
}

using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Inbox;

/// <summary>
/// Deletes expired data: keys of past days, entries that no key can open any more, and hashes too old to match a repeat.
/// </summary>
internal sealed class InboxCleaning(Database database, DayKeys dayKeys, IOptions<InboxOptions> options)
{
    private const string Remaining =
        "select tenant_id from tenants t where exists (select 1 from day_keys d where d.tenant_id = t.tenant_id) "
        + "or exists (select 1 from inbox i where i.tenant_id = t.tenant_id) "
        + "or exists (select 1 from inbox_seen s where s.tenant_id = t.tenant_id) "
        + "or exists (select 1 from inbox_subjects u where u.tenant_id = t.tenant_id and u.state = 'live') "
        + "order by tenant_id";

    /// <summary>
    /// Lists every tenant with data here, whether or not it still has an endpoint. Needs the maintenance role.
    /// </summary>
    public async Task<IReadOnlyList<Guid>> TenantsAsync(CancellationToken cancellation) =>
        await database.AcrossTenantsAsync(Remaining, [], row => row.Guid("tenant_id"), cancellation);

    /// <summary>Cleans one tenant; returns how many events were discarded unprocessed.</summary>
    public async Task<int> RunAsync(JobRun run, Guid tenant, CancellationToken cancellation)
    {
        await dayKeys.DestroyAsync(run, tenant, cancellation);
        return await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                await run.HoldAsync(db, stop);
                await db.Statements.ExecuteAsync(
                    InboxQueue.ShortenWaits.Sql,
                    [tenant, .. InboxQueue.ShortenWaits.Parameters],
                    stop
                );
                var oldest = db.Now - options.Value.RememberFor;
                var firstDay = DayKeys.DayOf(db.Now) - DayKeys.LifeInDays;
                var lost = await db.Set<InboxRow>().Where(row => row.Day < firstDay).ExecuteDeleteAsync(stop);
                await db.Set<InboxSeenRow>().Where(row => row.ReceivedAt < oldest).ExecuteDeleteAsync(stop);
                // Tombstones stay: a late event may still arrive, and they name no one.
                await db.Set<InboxSubjectRow>()
                    .Where(row => row.TouchedAt < oldest && row.State == InboxSubjectRow.Live)
                    .ExecuteDeleteAsync(stop);
                return lost;
            },
            cancellation
        );
    }
}

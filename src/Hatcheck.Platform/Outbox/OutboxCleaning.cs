using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Outbox;

/// <summary>Deletes expired data: delivered events, undeliverable ones, and secrets that have ended.</summary>
internal sealed class OutboxCleaning(Database database, IOptions<OutboxOptions> options)
{
    /// <summary>The most rows per transaction, since SQLite has one writer.</summary>
    private const int Step = 500;

    private const string Old =
        "select entry_id from outbox where tenant_id = $1 and created_at < {now} - $2 and state <> 'delivered' limit $3";

    private const string Delivered =
        "select entry_id from outbox where tenant_id = $1 and state = 'delivered' and delivered_at < {now} - $2 limit $3";

    private const string Orphans =
        "select o.entry_id from outbox o where o.tenant_id = $1 and not exists (select 1 from outbox_endpoints e "
        + "where e.tenant_id = $1 and e.endpoint_id = o.endpoint_id) limit $2";

    private const string Secrets = "delete from outbox_secrets where tenant_id = $1 and ends_at <= {now}";

    /// <summary>Cleans one tenant; returns how many events were discarded undelivered.</summary>
    public async Task<int> RunAsync(JobRun run, Guid tenant, CancellationToken cancellation)
    {
        await DeleteAsync(run, tenant, Delivered, [tenant, options.Value.KeepDelivered, Step], cancellation);
        await DeleteAsync(run, tenant, Orphans, [tenant, Step], cancellation);
        await ExecuteAsync(run, tenant, Secrets, [tenant], cancellation);
        var (shorten, limits) = OutboxQueue.ShortenWaits;
        await ExecuteAsync(run, tenant, shorten, [tenant, .. limits], cancellation);
        return await DeleteAsync(run, tenant, Old, [tenant, options.Value.KeepFor, Step], cancellation);
    }

    private async Task<int> DeleteAsync(
        JobRun run,
        Guid tenant,
        string which,
        object?[] parameters,
        CancellationToken cancellation
    )
    {
        var sql = $"delete from outbox where tenant_id = $1 and entry_id in ({which})";
        var total = 0;
        while (true)
        {
            var deleted = await ExecuteAsync(run, tenant, sql, parameters, cancellation);
            total += deleted;
            if (deleted < Step)
                return total;
        }
    }

    private Task<int> ExecuteAsync(JobRun run, Guid tenant, string sql, object?[] parameters, CancellationToken cancellation) =>
        database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                await run.HoldAsync(db, stop);
                return await db.Statements.ExecuteAsync(sql, parameters, stop);
            },
            cancellation
        );
}

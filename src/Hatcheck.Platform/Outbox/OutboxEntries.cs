using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Platform.Outbox;

/// <summary>An event for one endpoint, as an operator sees it: ids and codes only.</summary>
internal sealed record OutboxEntry(
    Guid Id,
    Guid Endpoint,
    string Type,
    string State,
    int Attempts,
    string? Fault,
    DateTimeOffset CreatedAt,
    DateTimeOffset DueAt,
    DateTimeOffset? DeliveredAt,
    Guid? UserId,
    string? Payload = null
);

/// <summary>The outbox as an operator sees it: pending, dead and recently delivered events.</summary>
internal sealed class OutboxEntries(Database database, OutboxQueue queue)
{
    /// <summary>The most rows per transaction, since SQLite has one writer.</summary>
    private const int Step = 500;

    private const string NoSuchEntry =
        "The tenant's outbox has no such entry: it was dropped, is too old, or never existed. `hatcheck outbox list` "
        + "shows the entries.";

    private const string NoEndpoint =
        "The endpoint of this entry was removed, so nothing sends it again. A cleaning removes the entry within the hour.";

    private const string Again = "state = 'pending', attempts = 0, due_at = {now}, lease_id = null, lease_until = null";

    private const string ReplayStep =
        $"update outbox set {Again} where tenant_id = $1 and entry_id in (select entry_id from outbox where tenant_id = $1 "
        + "and endpoint_id = $2 and state in ('dead', 'delivered') and created_at >= $3 and (created_at > $3 or entry_id > $4) "
        + "order by created_at, entry_id limit $5) returning entry_id, created_at";

    /// <summary>Lists entries, oldest first.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="states">Only these states; empty for all that are not delivered.</param>
    /// <param name="endpoint">Only this endpoint.</param>
    /// <param name="most">The maximum number of entries.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task<IReadOnlyList<OutboxEntry>> ListAsync(
        Guid tenant,
        IReadOnlyList<string> states,
        Guid? endpoint,
        int most,
        CancellationToken cancellation
    )
    {
        List<string> wanted = states.Count > 0 ? [.. states] : [OutboxRow.Pending, OutboxRow.Dead];
        var rows = await database.ReadAsync(
            tenant,
            (db, stop) =>
                db.Set<OutboxRow>()
                    .AsNoTracking()
                    .Where(row => wanted.Contains(row.State) && (endpoint == null || row.EndpointId == endpoint))
                    .OrderBy(row => row.CreatedAt)
                    .Take(most)
                    .ToListAsync(stop),
            cancellation
        );
        return rows.ConvertAll(row => View(row));
    }

    /// <summary>Returns one entry, with its payload.</summary>
    /// <exception cref="OperatorException">No such entry.</exception>
    public async Task<OutboxEntry> FindAsync(Guid tenant, Guid entry, CancellationToken cancellation)
    {
        var row = await database.ReadAsync(
            tenant,
            (db, stop) => db.Set<OutboxRow>().AsNoTracking().FirstOrDefaultAsync(one => one.EntryId == entry, stop),
            cancellation
        );
        return row is null ? throw new OperatorException(NoSuchEntry) : View(row, row.Payload);
    }

    /// <summary>Sends an entry again under its old id, with all its tries, even if it was delivered.</summary>
    /// <exception cref="OperatorException">No such entry, or its endpoint was removed.</exception>
    public async Task ReplayAsync(Guid tenant, Guid entry, Actor actor, CancellationToken cancellation)
    {
        await ChangeAsync(
            tenant,
            entry,
            OutboxActs.Replay,
            actor,
            $"update outbox set {Again} where tenant_id = $1 and entry_id = $2 and exists (select 1 from outbox_endpoints e "
                + "where e.tenant_id = $1 and e.endpoint_id = outbox.endpoint_id) returning user_id",
            cancellation
        );
        queue.Wake(tenant);
    }

    /// <summary>Discards an entry, delivered or not.</summary>
    /// <exception cref="OperatorException">No such entry.</exception>
    public Task DropAsync(Guid tenant, Guid entry, Actor actor, CancellationToken cancellation) =>
        ChangeAsync(
            tenant,
            entry,
            OutboxActs.Drop,
            actor,
            "delete from outbox where tenant_id = $1 and entry_id = $2 returning user_id",
            cancellation
        );

    /// <summary>Sends an endpoint's dead letters and delivered events again, from an instant on; returns how many.</summary>
    /// <exception cref="OperatorException">No such endpoint.</exception>
    public async Task<int> ReplayAsync(
        Guid tenant,
        Guid endpoint,
        DateTimeOffset since,
        Actor actor,
        CancellationToken cancellation
    )
    {
        var (count, from, after) = (0, since, Guid.Empty);
        while (true)
        {
            var isFirst = count == 0;
            var step = await database.WriteAsync(
                tenant,
                async (db, stop) =>
                {
                    await OutboxEndpoints.LockAsync(db, endpoint, stop);
                    if (isFirst)
                        AuditTrail.Add(db, OutboxActs.ReplayAll, actor, subject: OutboxEndpoints.SubjectOf(endpoint));
                    return await db.Statements.QueryAsync(
                        ReplayStep,
                        [tenant, endpoint, from, after, Step],
                        row => (At: row.Instant("created_at"), Id: row.Guid("entry_id")),
                        stop
                    );
                },
                cancellation
            );
            queue.Wake(tenant);
            count += step.Count;
            if (step.Count < Step)
                return count;
            // In the database's order of ids, which is that of their text.
            (from, after) = step.OrderBy(row => row.At).ThenBy(row => row.Id.ToString(), StringComparer.Ordinal).Last();
        }
    }

    private Task<bool> ChangeAsync(Guid tenant, Guid entry, Act act, Actor actor, string sql, CancellationToken cancellation) =>
        database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                var changed = await db.Statements.QueryAsync(sql, [tenant, entry], row => row.GuidOrNull("user_id"), stop);
                if (changed.Count == 0)
                {
                    var isThere = await db.Set<OutboxRow>().AnyAsync(row => row.EntryId == entry, stop);
                    throw new OperatorException(isThere ? NoEndpoint : NoSuchEntry);
                }

                AuditTrail.Add(db, act, actor, changed[0], Subject.Of("outbox", entry));
                return true;
            },
            cancellation
        );

    private static OutboxEntry View(OutboxRow row, string? payload = null) =>
        new(
            row.EntryId,
            row.EndpointId,
            row.EventType,
            row.State,
            row.Attempts,
            row.Fault,
            row.CreatedAt,
            row.DueAt,
            row.DeliveredAt,
            row.UserId,
            payload
        );
}

using System.Security.Cryptography;
using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Platform.Inbox;

/// <summary>A verified delivery, about to be kept.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Endpoint">Which end point took it.</param>
/// <param name="EventHash">The sender's id of the event, as a keyed hash.</param>
/// <param name="EventType">For example <c>user.created</c>.</param>
/// <param name="SubjectHash">Whom it is about, as a keyed hash.</param>
/// <param name="EventAt">The event's own time.</param>
/// <param name="Body">As it came.</param>
internal sealed record Delivery(Guid Tenant, string Endpoint, string EventHash, string EventType, string SubjectHash, DateTimeOffset EventAt, ReadOnlyMemory<byte> Body);

/// <summary>An entry that this node has leased.</summary>
internal sealed record Claim(
    Guid Tenant, Guid Lease, Guid Entry, string EventHash, string Endpoint, string EventType, string SubjectHash, DateTimeOffset EventAt, int Attempts, int? Day, Guid? User, byte[] Body);

/// <summary>
/// The durable inbox: a delivery is stored, with its id, in one transaction before it is acknowledged; a repeat stores nothing. Nodes lease
/// entries by the database's clock; a lease is checked again in the transaction that does the work, so a node that was too slow changes nothing.
/// </summary>
internal sealed class InboxQueue(IEngine engine, Database database, DayKeys dayKeys, IOptions<InboxOptions> options) : IDisposable
{
    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    private const string Remember =
        "insert into inbox_seen (tenant_id, event_hash, entry_id, received_at) values ($1, $2, $3, {now}) on conflict do nothing";

    // Only if the row above is this delivery's own: two of them at once wait for each other there.
    private const string Keep =
        "insert into inbox (tenant_id, event_hash, entry_id, endpoint, event_type, subject_hash, event_at, received_at, state, attempts, due_at, day, body) "
        + "select $1, $2, $3, $4, $5, $6, $7, {now}, 'pending', 0, {now}, $8, $9 from inbox_seen where tenant_id = $1 and event_hash = $2 and entry_id = $3";

    // Of each subject the first that is not done: what came later waits, also while the first waits for its next try.
    private const string Lease =
        "with due as{materialized} (select i.event_hash as due_hash from inbox i where i.tenant_id = $1 and i.state = 'pending' and i.due_at <= {now} "
        + "and (i.lease_until is null or i.lease_until <= {now}) and not exists (select 1 from inbox e where e.tenant_id = $1 and e.subject_hash = i.subject_hash "
        + "and e.state = 'pending' and (e.received_at, e.event_hash) < (i.received_at, i.event_hash)) order by i.due_at limit $4 {skip locked}) "
        + "update inbox set lease_id = $2, lease_until = {now} + {microseconds}$3, attempts = attempts + 1 from due where tenant_id = $1 and event_hash = due_hash "
        + "returning entry_id, event_hash, endpoint, event_type, subject_hash, event_at, attempts, day, user_id, body";

    private const string Release =
        "update inbox set lease_id = null, lease_until = null, attempts = attempts - 1 where tenant_id = $1 and event_hash = $2 and lease_id = $3";

    private const string Postpone =
        "update inbox set lease_id = null, lease_until = null, fault = $4, due_at = {now} + {microseconds}$5 where tenant_id = $1 and event_hash = $2 and lease_id = $3";

    private const string Bury =
        "update inbox set lease_id = null, lease_until = null, fault = $4, state = 'dead' where tenant_id = $1 and event_hash = $2 and lease_id = $3";

    private readonly SemaphoreSlim arrived = new(0, 1);

    private bool OnPostgres => !engine.InstantsAreNumbers;

    /// <summary>Stores a delivery; false if it was taken before. When this returns, a power cut loses nothing.</summary>
    public async Task<bool> TakeAsync(Delivery delivery, CancellationToken cancellation)
    {
        var entry = Guid.NewGuid();
        var (key, day) = await dayKeys.TodayAsync(delivery.Tenant, cancellation);
        var body = InboxBody.Seal(key, delivery.Tenant, entry, Guid.Empty, delivery.Body.Span);
        var changed = await database.ExecuteAsync(
            delivery.Tenant,
            [
                (Sql(Remember), [delivery.Tenant, delivery.EventHash, entry]),
                (Sql(Keep), [delivery.Tenant, delivery.EventHash, entry, delivery.Endpoint, delivery.EventType, delivery.SubjectHash, delivery.EventAt, day, body]),
            ],
            cancellation);
        if (changed[1] == 0) return false;
        Wake();
        return true;
    }

    /// <summary>Leases what is due, the first of each subject.</summary>
    public async Task<List<Claim>> ClaimAsync(Guid tenant, int most, CancellationToken cancellation)
    {
        var lease = Guid.NewGuid();
        using var turn = await engine.EnterWriterAsync(cancellation);
        // Not Database.QueryAsync, which repeats: a claim whose answer was lost ends with its lease.
        return await engine.QueryAsync(
            tenant,
            Sql(Lease),
            [tenant, lease, Microseconds(options.Value.Lease), most],
            row => new Claim(
                tenant, lease, row.Guid(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Instant(5), row.Number(6), row.IsNull(7) ? null : row.Number(7), row.GuidOrNull(8), row.Bytes(9)),
            cancellation);
    }

    /// <summary>Gives a lease back untried: this node stops.</summary>
    public Task ReleaseAsync(Claim claim, CancellationToken cancellation) =>
        database.ExecuteAsync(claim.Tenant, [(Sql(Release), [claim.Tenant, claim.EventHash, claim.Lease])], cancellation);

    /// <summary>After a failure: tried again later. False if that was the last try.</summary>
    public async Task<bool> TryPostponeAsync(Claim claim, string fault, CancellationToken cancellation)
    {
        if (claim.Attempts >= options.Value.MaxAttempts) return false;
        await database.ExecuteAsync(claim.Tenant, [(Sql(Postpone), [claim.Tenant, claim.EventHash, claim.Lease, fault, Microseconds(WaitAfter(claim.Attempts))])], cancellation);
        return true;
    }

    /// <summary>Makes it a dead letter, sealed as it is.</summary>
    public Task BuryAsync(Claim claim, string fault, CancellationToken cancellation) =>
        database.ExecuteAsync(claim.Tenant, [(Sql(Bury), [claim.Tenant, claim.EventHash, claim.Lease, fault])], cancellation);

    /// <summary>Takes the entry's lock for the transaction that works it; false if the lease has passed to somebody else.</summary>
    public static async Task<bool> HoldAsync(HatcheckDb db, Claim claim, CancellationToken cancellation) =>
        await db.Set<InboxRow>().Where(row => row.EventHash == claim.EventHash && row.LeaseId == claim.Lease)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.LeaseId, row => row.LeaseId), cancellation) == 1;

    /// <summary>Done: nothing of it is kept but the hash that knows a repeat.</summary>
    public static Task RemoveAsync(HatcheckDb db, Claim claim, CancellationToken cancellation) =>
        db.Set<InboxRow>().Where(row => row.EventHash == claim.EventHash && row.LeaseId == claim.Lease).ExecuteDeleteAsync(cancellation);

    /// <summary>A dead letter about a known person, sealed under their key from now on.</summary>
    public static Task BuryAsync(HatcheckDb db, Claim claim, string fault, Guid user, byte[] body, CancellationToken cancellation) =>
        db.Set<InboxRow>().Where(row => row.EventHash == claim.EventHash && row.LeaseId == claim.Lease).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.State, InboxRow.Dead).SetProperty(row => row.Fault, fault).SetProperty(row => row.UserId, user).SetProperty(row => row.Day, (int?)null)
                .SetProperty(row => row.Body, body).SetProperty(row => row.LeaseId, (Guid?)null).SetProperty(row => row.LeaseUntil, (DateTimeOffset?)null),
            cancellation);

    /// <summary>Waits until this node took a delivery, or for the time that others' may wait.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken cancellation) => await arrived.WaitAsync(most, cancellation);

    /// <summary>Ends the wait.</summary>
    public void Wake()
    {
        try
        {
            if (arrived.CurrentCount == 0) arrived.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else did, in between.
        }
    }

    public void Dispose() => arrived.Dispose();

    private TimeSpan WaitAfter(int attempts)
    {
        var whole = Math.Min(options.Value.FirstRetry.TotalMilliseconds * Math.Pow(2, Math.Min(attempts - 1, 30)), LongestRetry.TotalMilliseconds);
        return TimeSpan.FromMilliseconds((whole / 2) + RandomNumberGenerator.GetInt32((int)(whole / 2) + 1));
    }

    private static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private string Sql(string text) => text
        .Replace("{now}", OnPostgres ? "now()" : "cast(unixepoch('now', 'subsec') * 1000000 as integer)", StringComparison.Ordinal)
        .Replace("{microseconds}", OnPostgres ? "interval '1 microsecond' * " : "", StringComparison.Ordinal)
        .Replace("{materialized}", OnPostgres ? " materialized" : "", StringComparison.Ordinal)
        .Replace("{skip locked}", OnPostgres ? "for update of i skip locked" : "", StringComparison.Ordinal);
}

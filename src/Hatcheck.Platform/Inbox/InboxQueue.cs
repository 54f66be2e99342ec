using Hatcheck.Platform.Queues;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Inbox;

/// <summary>An entry that this node has leased.</summary>
internal sealed record Claim(
    Guid Tenant,
    Guid Lease,
    Guid Entry,
    string EventHash,
    string Endpoint,
    string EventType,
    string SubjectHash,
    DateTimeOffset EventAt,
    int Attempts,
    int? Day,
    Guid? User,
    byte[] Body
);

/// <summary>
/// The durable inbox. A delivery is stored with its id in one transaction before it is acknowledged; a repeat stores
/// nothing. Nodes lease entries by the database's clock. The processing transaction checks the lease again, so a node that
/// was too slow changes nothing.
/// </summary>
internal sealed class InboxQueue(IEngine engine, Database database, IOptions<InboxOptions> options) : IDisposable
{
    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    private static readonly Columns Leased = new();
    private static readonly Field EntryId = Leased.Add("entry_id");
    private static readonly Field EventHash = Leased.Add("event_hash");
    private static readonly Field Endpoint = Leased.Add("endpoint");
    private static readonly Field EventType = Leased.Add("event_type");
    private static readonly Field SubjectHash = Leased.Add("subject_hash");
    private static readonly Field EventAt = Leased.Add("event_at");
    private static readonly Field Attempts = Leased.Add("attempts");
    private static readonly Field Day = Leased.Add("day");
    private static readonly Field UserId = Leased.Add("user_id");
    private static readonly Field Body = Leased.Add("body");
    private static readonly Field ReceivedAt = Leased.Add("received_at");

    private static readonly LeasedTable Table = new("inbox", "event_hash", "received_at", LongestRetry, "subject_hash");
    private static readonly string LeaseUntried = Table.Claim("i.attempts = 0", Leased);
    private static readonly string LeaseTried = Table.Claim("i.attempts > 0", Leased);

    private readonly WakeSignal signal = new();

    /// <summary>The cleaning's statement; see <see cref="LeasedTable.ShortenWaits"/>.</summary>
    public static (string Sql, object[] Parameters) ShortenWaits => Table.ShortenWaits;

    /// <summary>How long a claim is valid.</summary>
    public TimeSpan LeaseFor => options.Value.Lease;

    /// <summary>Leases due entries, the first of each subject, in one round trip.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="untried">
    /// True: entries never tried, for a batch. False: entries tried before, one at a time, so that an event that kills its
    /// node costs no other event a try.
    /// </param>
    /// <param name="most">The maximum number of entries.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task<List<Claim>> ClaimAsync(Guid tenant, bool untried, int most, CancellationToken cancellation)
    {
        var lease = Guid.NewGuid();
        var claims = await engine.ClaimAsync(
            tenant,
            untried ? LeaseUntried : LeaseTried,
            [tenant, lease, options.Value.Lease, most, LeasedTable.LongestLease],
            row =>
                (
                    Received: row.Instant(ReceivedAt),
                    Claim: new Claim(
                        tenant,
                        lease,
                        row.Guid(EntryId),
                        row.Text(EventHash),
                        row.Text(Endpoint),
                        row.Text(EventType),
                        row.Text(SubjectHash),
                        row.Instant(EventAt),
                        row.Number(Attempts),
                        row.IsNull(Day) ? null : row.Number(Day),
                        row.GuidOrNull(UserId),
                        row.Bytes(Body)
                    )
                ),
            cancellation
        );
        // An update returns rows in no order. The user who takes an address must come after the one who gives it up.
        return
        [
            .. claims
                .OrderBy(entry => entry.Received)
                .ThenBy(entry => entry.Claim.EventHash, StringComparer.Ordinal)
                .Select(entry => entry.Claim),
        ];
    }

    /// <summary>Releases leases as if untried, in one round trip.</summary>
    public Task ReleaseAsync(IReadOnlyList<Claim> claims, CancellationToken cancellation) =>
        claims.Count == 0
            ? Task.CompletedTask
            : database.ExecuteAsync(
                claims[0].Tenant,
                [.. claims.Select(claim => (Table.Release, (object?[])[claim.Tenant, claim.EventHash, claim.Lease]))],
                cancellation
            );

    /// <summary>Postpones an entry after a failure. False if that was the last try.</summary>
    public async Task<bool> TryPostponeAsync(Claim claim, string fault, CancellationToken cancellation)
    {
        if (claim.Attempts >= options.Value.MaxAttempts)
            return false;
        await database.ExecuteAsync(claim.Tenant, [(Table.Postpone, Postponement(claim, fault))], cancellation);
        return true;
    }

    /// <summary>Dead-letters an entry, sealed as it is.</summary>
    public Task DeadLetterAsync(Claim claim, string fault, CancellationToken cancellation) =>
        database.ExecuteAsync(
            claim.Tenant,
            [(Table.DeadLetter, [claim.Tenant, claim.EventHash, claim.Lease, fault])],
            cancellation
        );

    /// <summary>
    /// Locks the entries of one claim in the transaction that processes them; returns the hashes of those still leased to
    /// this node. This is the fence: a node that slept beyond its lease finds none, and writes nothing.
    /// </summary>
    public static async Task<IReadOnlySet<string>> HoldAsync(
        HatcheckDb db,
        IReadOnlyList<Claim> claims,
        CancellationToken cancellation
    )
    {
        var rows = Of(db, claims);
        var held = await rows.ExecuteUpdateAsync(set => set.SetProperty(row => row.LeaseId, row => row.LeaseId), cancellation);
        return held == claims.Count
            ? claims.Select(claim => claim.EventHash).ToHashSet(StringComparer.Ordinal)
            : (await rows.Select(row => row.EventHash).ToListAsync(cancellation)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Postpones an entry that has to wait for another event, in the transaction that holds the leases.</summary>
    public Task PostponeAsync(HatcheckDb db, Claim claim, string fault, CancellationToken cancellation) =>
        db.Statements.ExecuteAsync(Table.Postpone, Postponement(claim, fault), cancellation);

    /// <summary>Removes finished entries; only the hashes that recognise a repeat are kept.</summary>
    public static Task RemoveAsync(HatcheckDb db, IReadOnlyList<Claim> claims, CancellationToken cancellation) =>
        claims.Count == 0 ? Task.CompletedTask : Of(db, claims).ExecuteDeleteAsync(cancellation);

    /// <summary>Releases leases as if untried, in the transaction that holds them.</summary>
    public static Task ReleaseAsync(HatcheckDb db, IReadOnlyList<Claim> claims, CancellationToken cancellation) =>
        claims.Count == 0
            ? Task.CompletedTask
            : Of(db, claims)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(row => row.Attempts, row => row.Attempts - 1)
                            .SetProperty(row => row.LeaseId, (Guid?)null)
                            .SetProperty(row => row.LeaseUntil, (DateTimeOffset?)null),
                    cancellation
                );

    /// <summary>Dead-letters an entry about a known user, sealed under their key from now on.</summary>
    public static Task DeadLetterAsync(
        HatcheckDb db,
        Claim claim,
        string fault,
        Guid owner,
        byte[] body,
        CancellationToken cancellation
    ) =>
        Of(db, [claim])
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.State, InboxRow.Dead)
                        .SetProperty(row => row.Fault, fault)
                        .SetProperty(row => row.UserId, owner)
                        .SetProperty(row => row.Day, (int?)null)
                        .SetProperty(row => row.Body, body)
                        .SetProperty(row => row.LeaseId, (Guid?)null)
                        .SetProperty(row => row.LeaseUntil, (DateTimeOffset?)null),
                cancellation
            );

    /// <summary>
    /// Waits until this node receives a delivery, but at most for the time that other nodes' deliveries may wait.
    /// </summary>
    public Task WaitAsync(TimeSpan most, CancellationToken cancellation) => signal.WaitAsync(most, cancellation);

    /// <summary>Ends the wait.</summary>
    public void Wake() => signal.Set();

    public void Dispose() => signal.Dispose();

    private static IQueryable<InboxRow> Of(HatcheckDb db, IReadOnlyList<Claim> claims)
    {
        var (lease, hashes) = (claims[0].Lease, claims.Select(claim => claim.EventHash).ToList());
        return db.Set<InboxRow>().Where(row => hashes.Contains(row.EventHash) && row.LeaseId == lease);
    }

    private object?[] Postponement(Claim claim, string fault) =>
        [claim.Tenant, claim.EventHash, claim.Lease, fault, WaitAfter(claim.Attempts)];

    private TimeSpan WaitAfter(int attempts)
    {
        var doubled = options.Value.FirstRetry * Math.Pow(2, Math.Min(attempts - 1, 30));
        return Backoff.Less(doubled < LongestRetry ? doubled : LongestRetry, 0.5);
    }
}

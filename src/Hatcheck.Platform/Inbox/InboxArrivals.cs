using System.Collections.Concurrent;
using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Inbox;

/// <summary>A verified delivery, about to be stored.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Endpoint">The endpoint that received it.</param>
/// <param name="EventHash">The sender's id of the event, as a keyed hash.</param>
/// <param name="EventType">The event's type, such as <c>user.created</c>.</param>
/// <param name="SubjectHash">The event's subject, as a keyed hash.</param>
/// <param name="EventAt">The event's own time.</param>
/// <param name="Body">The body as received.</param>
internal sealed record Delivery(
    Guid Tenant,
    string Endpoint,
    string EventHash,
    string EventType,
    string SubjectHash,
    DateTimeOffset EventAt,
    ReadOnlyMemory<byte> Body
);

/// <summary>
/// Stores deliveries before they are acknowledged. Deliveries that arrive during a transaction are stored batch in the
/// next one: one round trip and one flush of the log for many senders.
/// </summary>
internal sealed class InboxArrivals(Database database, PersonVaults vaults, InboxQueue queue)
{
    private const int Most = 64;
    private const int Attempts = 3;

    private const string Remember =
        "insert into inbox_seen (tenant_id, event_hash, entry_id, received_at) values ($1, $2, $3, {now}) on conflict do nothing";

    // Only if the row above belongs to this delivery: two concurrent ones wait for each other there.
    private const string Keep =
        "insert into inbox (tenant_id, event_hash, entry_id, endpoint, event_type, subject_hash, event_at, received_at, "
        + "state, attempts, due_at, day, body) "
        + "select $1, $2, $3, $4, $5, $6, $7, {now}, 'pending', 0, {now}, $8, $9 from inbox_seen where tenant_id = $1 "
        + "and event_hash = $2 and entry_id = $3";

    private readonly ConcurrentDictionary<Guid, WaitingDeliveries> byTenant = new();

    /// <summary>Stores a delivery; false if it was received before. Once this returns, a power cut loses nothing.</summary>
    public async Task<bool> TakeAsync(Delivery delivery, CancellationToken cancellation)
    {
        var entry = Guid.NewGuid();
        using var vault = vaults.Open(delivery.Tenant);
        var body = await vault.SealAsync(InboxBodies.Arrived(entry), delivery.Body, cancellation);
        // The version of a day's key is the day.
        var arrival = new Arrival(delivery, entry, Cell.KeyVersion(body), body);
        var waiting = byTenant.GetOrAdd(delivery.Tenant, static _ => new WaitingDeliveries());
        if (waiting.Add(arrival))
            _ = StoreAsync(delivery.Tenant, waiting);
        return await arrival.Stored.Task.WaitAsync(cancellation);
    }

    // The first one stores for all, until none is waiting.
    private async Task StoreAsync(Guid tenant, WaitingDeliveries waiting)
    {
        await Task.Yield();
        while (waiting.Next(Most) is { Count: > 0 } batch)
        {
            try
            {
                await StoreAsync(tenant, batch);
                queue.Wake();
            }
            catch (Exception fault)
            {
                // Nothing was stored, and no delivery is acknowledged: the senders repeat.
                foreach (var arrival in batch)
                    arrival.Stored.TrySetException(fault);
            }
        }
    }

    private async Task StoreAsync(Guid tenant, List<Arrival> batch)
    {
        // In the same order on every node, so that two nodes with the same events don't deadlock.
        batch.Sort((one, other) => string.CompareOrdinal(one.Delivery.EventHash, other.Delivery.EventHash));
        var statements = batch.SelectMany(Statements).ToList();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var changed = await database.ExecuteAsync(tenant, statements, CancellationToken.None);
                for (var i = 0; i < batch.Count; i++)
                    batch[i].Stored.TrySetResult(changed[(2 * i) + 1] == 1);
                return;
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.Classify(fault) == StorageFault.RolledBack)
            {
                // Rolled back as a whole: nothing was stored.
            }
        }
    }

    private IEnumerable<(string Sql, object?[] Parameters)> Statements(Arrival arrival)
    {
        var delivery = arrival.Delivery;
        yield return (Remember, [delivery.Tenant, delivery.EventHash, arrival.Entry]);
        yield return (
            Keep,
            [
                delivery.Tenant,
                delivery.EventHash,
                arrival.Entry,
                delivery.Endpoint,
                delivery.EventType,
                delivery.SubjectHash,
                delivery.EventAt,
                arrival.Day,
                arrival.Body,
            ]
        );
    }

    private sealed record Arrival(Delivery Delivery, Guid Entry, int Day, byte[] Body)
    {
        public TaskCompletionSource<bool> Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The waiting deliveries of a tenant, and whether a task is storing them.</summary>
    private sealed class WaitingDeliveries
    {
        private readonly Lock gate = new();
        private readonly Queue<Arrival> arrivals = new();
        private bool busy;

        /// <summary>Adds a delivery. True if no task is storing, so that the caller must.</summary>
        public bool Add(Arrival arrival)
        {
            lock (gate)
            {
                arrivals.Enqueue(arrival);
                if (busy)
                    return false;
                return busy = true;
            }
        }

        /// <summary>
        /// Takes the next deliveries; if there are none, the next caller of <see cref="Add"/> has to store.
        /// </summary>
        public List<Arrival> Next(int most)
        {
            lock (gate)
            {
                var next = new List<Arrival>();
                while (next.Count < most && arrivals.TryDequeue(out var arrival))
                    next.Add(arrival);
                busy = next.Count > 0;
                return next;
            }
        }
    }
}

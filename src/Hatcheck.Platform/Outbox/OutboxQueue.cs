using System.Collections.Concurrent;
using Hatcheck.Platform.Queues;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Outbox;

/// <summary>An entry that this node has leased.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Lease">The fence: later updates must name it.</param>
/// <param name="Entry">Its id.</param>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="EventType">The kind of event.</param>
/// <param name="Payload">The bytes to send.</param>
/// <param name="Attempts">The number of tries, including this one.</param>
/// <param name="At">When it was leased, by the database's clock.</param>
internal sealed record OutboxClaim(
    Guid Tenant,
    Guid Lease,
    Guid Entry,
    Guid Endpoint,
    string EventType,
    string Payload,
    int Attempts,
    DateTimeOffset At
);

/// <summary>An endpoint with due events, and its cells.</summary>
internal sealed record DueEndpoint(Guid Id, string Kind, byte[] Target, IReadOnlyList<(Guid Id, byte[] Cell)> Secrets);

/// <summary>
/// The durable outbox. Nodes lease entries by the database's clock: for each endpoint and user the first that is not done.
/// An update is refused once the lease has passed to another node.
/// </summary>
internal sealed class OutboxQueue(IEngine engine, Database database, IOptions<OutboxOptions> options) : IDisposable
{
    private static readonly Columns Leased = new();
    private static readonly Field EntryId = Leased.Add("entry_id");
    private static readonly Field EndpointId = Leased.Add("endpoint_id");
    private static readonly Field EventType = Leased.Add("event_type");
    private static readonly Field Payload = Leased.Add("payload");
    private static readonly Field Attempts = Leased.Add("attempts");
    private static readonly Field LeaseUntil = Leased.Add("lease_until");
    private static readonly Field CreatedAt = Leased.Add("created_at");

    private static readonly LeasedTable Table = new(
        "outbox",
        "entry_id",
        "created_at",
        OutboxSchedule.LongestAsked,
        "endpoint_id",
        "user_id"
    );

    private static readonly string Lease = Table.Claim("i.endpoint_id = $6", Leased);

    private static readonly string Deliver =
        "update outbox set state = 'delivered', delivered_at = {now}, fault = null, lease_id = null, lease_until = null "
        + Table.Held;

    // Before the entry's own update, while the lease is still visible.
    private static readonly string SwitchOff =
        "update outbox_endpoints set state = 'gone' where tenant_id = $1 and state = 'active' and endpoint_id = "
        + $"(select endpoint_id from outbox {Table.Held})";

    private const string Tenants = "select tenant from outbox_tenants order by tenant";

    private static readonly string Due =
        "select e.endpoint_id, e.kind, e.target, s.secret_id, s.secret from outbox_endpoints e "
        + "join outbox_secrets s on s.tenant_id = e.tenant_id and s.endpoint_id = e.endpoint_id "
        + "and (s.ends_at is null or s.ends_at > {now}) "
        + "where e.tenant_id = $1 and e.state = 'active' and exists (select 1 from outbox o where o.tenant_id = $1 "
        + $"and o.endpoint_id = e.endpoint_id and o.state = 'pending' and {LeasedTable.IsReady("o", "$2")}) "
        + "order by s.created_at desc";

    private readonly WakeSignal signal = new();
    private readonly ConcurrentDictionary<Guid, bool> woken = new();

    /// <summary>The cleaning's statement; see <see cref="LeasedTable.ShortenWaits"/>.</summary>
    public static (string Sql, object[] Parameters) ShortenWaits => Table.ShortenWaits;

    /// <summary>Lists every tenant that has, or had, an endpoint.</summary>
    public Task<List<Guid>> TenantsAsync(CancellationToken cancellation) =>
        database.QueryAsync(Guid.Empty, Tenants, [], row => row.Guid("tenant"), cancellation);

    /// <summary>Lists active endpoints with events that may be sent, in one round trip.</summary>
    public async Task<List<DueEndpoint>> DueAsync(Guid tenant, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(
            tenant,
            Due,
            [tenant, LeasedTable.LongestLease],
            row =>
                (
                    Endpoint: row.Guid("endpoint_id"),
                    Kind: row.Text("kind"),
                    Target: row.Bytes("target"),
                    Secret: (row.Guid("secret_id"), row.Bytes("secret"))
                ),
            cancellation
        );
        return
        [
            .. rows.GroupBy(row => row.Endpoint)
                .Select(group => new DueEndpoint(
                    group.Key,
                    group.First().Kind,
                    group.First().Target,
                    [.. group.Select(row => row.Secret)]
                )),
        ];
    }

    /// <summary>Leases an endpoint's due events, the first of each user, in one round trip.</summary>
    public async Task<List<OutboxClaim>> ClaimAsync(Guid tenant, Guid endpoint, int most, CancellationToken cancellation)
    {
        var (lease, length) = (Guid.NewGuid(), options.Value.Lease);
        var claims = await engine.ClaimAsync(
            tenant,
            Lease,
            [tenant, lease, length, most, LeasedTable.LongestLease, endpoint],
            row =>
                (
                    Created: row.Instant(CreatedAt),
                    Claim: new OutboxClaim(
                        tenant,
                        lease,
                        row.Guid(EntryId),
                        row.Guid(EndpointId),
                        row.Text(EventType),
                        row.Text(Payload),
                        row.Number(Attempts),
                        row.Instant(LeaseUntil) - length
                    )
                ),
            cancellation
        );
        return [.. claims.OrderBy(entry => entry.Created).Select(entry => entry.Claim)];
    }

    /// <summary>
    /// Marks an entry as delivered. False: the lease had passed on, and nothing changed. The same holds for the methods
    /// below.
    /// </summary>
    public Task<bool> DeliveredAsync(OutboxClaim claim) => MarkAsync(claim, Deliver);

    /// <summary>Postpones an entry after a failure.</summary>
    public Task<bool> PostponeAsync(OutboxClaim claim, string fault, TimeSpan wait) =>
        MarkAsync(claim, Table.Postpone, fault, wait);

    /// <summary>Dead-letters an entry.</summary>
    public Task<bool> DeadLetterAsync(OutboxClaim claim, string fault) => MarkAsync(claim, Table.DeadLetter, fault);

    /// <summary>Releases an entry as if untried.</summary>
    public Task<bool> ReleaseAsync(OutboxClaim claim) => MarkAsync(claim, Table.Release);

    /// <summary>Dead-letters an entry and stops its endpoint until an operator enables it.</summary>
    public async Task<bool> SwitchOffAsync(OutboxClaim claim, string fault)
    {
        object?[] held = [claim.Tenant, claim.Entry, claim.Lease];
        var changed = await database.ExecuteAsync(
            claim.Tenant,
            [(SwitchOff, held), (Table.DeadLetter, [.. held, fault])],
            CancellationToken.None
        );
        return changed[1] == 1;
    }

    public Task WaitAsync(TimeSpan most, CancellationToken cancellation) => signal.WaitAsync(most, cancellation);

    /// <summary>Ends the wait: a tenant may have events to send.</summary>
    public void Wake(Guid tenant)
    {
        woken[tenant] = true;
        signal.Set();
    }

    /// <summary>Takes the tenants woken since the last call.</summary>
    public List<Guid> TakeWoken() => [.. woken.Keys.Where(tenant => woken.TryRemove(tenant, out _))];

    public void Dispose() => signal.Dispose();

    private async Task<bool> MarkAsync(OutboxClaim claim, string sql, params object?[] more)
    {
        object?[] parameters = [claim.Tenant, claim.Entry, claim.Lease, .. more];
        return (await database.ExecuteAsync(claim.Tenant, [(sql, parameters)], CancellationToken.None))[0] == 1;
    }
}

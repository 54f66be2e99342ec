using System.Buffers;
using System.Text;
using System.Text.Json;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Outbox;

/// <summary>
/// Tells other services what happened: an event is stored in the transaction of its act, one row for each endpoint that wants
/// it, by one statement. Without such an endpoint there is no row. Events hold random ids only.
/// </summary>
internal static class OutboxEvents
{
    private const string Columns = "tenant_id, entry_id, endpoint_id, event_type, payload, due_at, state, attempts, created_at";

    private const string Values = "select $1, {uuid}, e.endpoint_id, $3, $4";

    private const string Wanting =
        "from outbox_endpoints e where e.tenant_id = $1 and e.state in ('active', 'paused') "
        + "and (e.events = '*' or e.events like $5 escape '!')";

    private const string OfUser = "from outbox o where o.tenant_id = $1 and o.user_id = $2 and o.endpoint_id = e.endpoint_id";

    // Later than the user's last, whatever the clock says: acts on one user wait for each other, and their events keep the order.
    private const string Insert =
        $"insert into outbox ({Columns}, user_id) {Values}, {{now}}, 'pending', 0, {{greatest}}({{now}}, "
        + $"coalesce((select max(o.created_at) {OfUser}) + $6, {{now}})), $2 {Wanting}";

    // First, so that no node leases one of them any more: only what is on its way already can still arrive.
    private const string Withdraw = "delete from outbox where tenant_id = $1 and user_id = $2 returning lease_until";

    // Without the user's id, so that the erasure leaves it; due once nothing about the user can still be on its way.
    private const string InsertLast =
        $"insert into outbox ({Columns}) {Values}, {{greatest}}({{now}}, $6), 'pending', 0, {{now}} {Wanting}";

    private static readonly TimeSpan tick = TimeSpan.FromMicroseconds(1);

    /// <summary>An event about a user. It costs no round trip: it is stored with the commit.</summary>
    /// <param name="db">The transaction of the act, which holds the user's row.</param>
    /// <param name="kind">What happened.</param>
    /// <param name="user">To whom.</param>
    /// <param name="also">Further ids, by name.</param>
    public static void Add(HatcheckDb db, EventKind kind, Guid user, params ReadOnlySpan<(string Name, Guid Id)> also) =>
        db.AtCommit.Add((Insert, [.. Parameters(db.Tenant, kind, user, db.Now, also), tick]));

    /// <summary>The same as one statement of a batch.</summary>
    /// <param name="tenant">Whose user.</param>
    /// <param name="kind">What happened.</param>
    /// <param name="user">To whom.</param>
    /// <param name="at">When.</param>
    /// <param name="condition">
    /// Begins with <c>and</c>: else there is no event. It may name tenant and user, <c>$1</c> and <c>$2</c>.
    /// </param>
    public static (string Sql, object?[] Parameters) Statement(
        Guid tenant,
        EventKind kind,
        Guid user,
        DateTimeOffset at,
        string condition
    ) => ($"{Insert} {condition}", [.. Parameters(tenant, kind, user, at, []), tick]);

    /// <summary>
    /// The last event about users whose rows are about to go. It outlives them, and is sent when what is on its way about them
    /// has arrived or failed. Takes back what has not been sent.
    /// </summary>
    public static async Task AddLastAsync(
        HatcheckDb db,
        EventKind kind,
        IReadOnlyList<Guid> users,
        CancellationToken cancellation
    )
    {
        foreach (var user in users)
        {
            var leases = await db.Statements.QueryAsync(
                Withdraw,
                [db.Tenant, user],
                row => row.InstantOrNull("lease_until"),
                cancellation
            );
            var due = leases.Max() ?? db.Now;
            await db.Statements.ExecuteAsync(InsertLast, [.. Parameters(db.Tenant, kind, user, db.Now, []), due], cancellation);
        }
    }

    /// <summary>What is sent, written once.</summary>
    /// <param name="type">The event's name.</param>
    /// <param name="at">When it happened.</param>
    /// <param name="ids">Random ids, by name.</param>
    public static string Payload(string type, DateTimeOffset at, params ReadOnlySpan<(string Name, Guid Id)> ids)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteString("timestamp", at.UtcDateTime);
            writer.WriteStartObject("data");
            foreach (var (name, id) in ids)
                writer.WriteString(name, id);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static object?[] Parameters(
        Guid tenant,
        EventKind kind,
        Guid user,
        DateTimeOffset at,
        ReadOnlySpan<(string Name, Guid Id)> also
    ) =>
        [
            tenant,
            user,
            kind.Name,
            Payload(kind.Name, at, [("user_id", user), .. also]),
            $"% {kind.Name.Replace("_", "!_", StringComparison.Ordinal)} %",
        ];
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Outbox;

/// <summary>
/// Publishes events to other services. One statement, in the act's transaction, stores a row for each endpoint that
/// subscribes; without such an endpoint there is no row. Events contain random ids only.
/// </summary>
internal static class OutboxEvents
{
    private const string Columns = "tenant_id, entry_id, endpoint_id, event_type, payload, due_at, state, attempts, created_at";

    private const string Values = "select $1, {uuid}, e.endpoint_id, $3, $4";

    private const string Subscribed =
        "from outbox_endpoints e where e.tenant_id = $1 and e.state in ('active', 'paused') "
        + "and (e.events = '*' or e.events like $5 escape '!')";

    private const string OfUser = "from outbox o where o.tenant_id = $1 and o.user_id = $2 and o.endpoint_id = e.endpoint_id";

    // Later than the user's last event, whatever the clock says: acts on one user are serialised, and their events keep the
    // order.
    private const string Insert =
        $"insert into outbox ({Columns}, user_id) {Values}, {{now}}, 'pending', 0, {{greatest}}({{now}}, "
        + $"coalesce((select max(o.created_at) {OfUser}) + $6, {{now}})), $2 {Subscribed}";

    // Runs first, so that no node can lease these rows: only events already being sent can still arrive.
    private const string DeleteUnsent = "delete from outbox where tenant_id = $1 and user_id = $2 returning lease_until";

    // Stored without the user's id, so that the erasure leaves it; due once no event about the user can still be in
    // transit.
    private const string InsertLast =
        $"insert into outbox ({Columns}) {Values}, {{greatest}}({{now}}, $6), 'pending', 0, {{now}} {Subscribed}";

    private static readonly TimeSpan tick = TimeSpan.FromMicroseconds(1);

    /// <summary>Adds an event about a user. It costs no round trip: it is stored with the commit.</summary>
    /// <param name="db">The transaction of the act, which has locked the user's row.</param>
    /// <param name="kind">The kind of event.</param>
    /// <param name="user">The user.</param>
    /// <param name="also">Further ids, by name.</param>
    public static void Add(HatcheckDb db, EventKind kind, Guid user, params ReadOnlySpan<(string Name, Guid Id)> also) =>
        db.AtCommit.Add((Insert, [.. Parameters(db.Tenant, kind, user, db.Now, also), tick]));

    /// <summary>Same, as one statement of a batch.</summary>
    /// <param name="tenant">The user's tenant.</param>
    /// <param name="kind">The kind of event.</param>
    /// <param name="user">The user.</param>
    /// <param name="at">The event's time.</param>
    /// <param name="condition">
    /// Begins with <c>and</c>; if it is false there is no event. It may refer to tenant and user as <c>$1</c> and
    /// <c>$2</c>.
    /// </param>
    public static (string Sql, object?[] Parameters) Statement(
        Guid tenant,
        EventKind kind,
        Guid user,
        DateTimeOffset at,
        string condition
    ) => ($"{Insert} {condition}", [.. Parameters(tenant, kind, user, at, []), tick]);

    /// <summary>
    /// Adds the last event about users whose rows are about to be deleted. It outlives them, and is sent once their events
    /// in transit have arrived or failed. Deletes their events that were not yet sent.
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
                DeleteUnsent,
                [db.Tenant, user],
                row => row.InstantOrNull("lease_until"),
                cancellation
            );
            var due = leases.Max() ?? db.Now;
            await db.Statements.ExecuteAsync(InsertLast, [.. Parameters(db.Tenant, kind, user, db.Now, []), due], cancellation);
        }
    }

    /// <summary>Builds the payload, written once.</summary>
    /// <param name="type">The event's name.</param>
    /// <param name="at">The event's time.</param>
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

using Hatcheck.Platform.Queues;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Platform.Outbox;

/// <summary>An endpoint to which a tenant's events are sent.</summary>
internal sealed class OutboxEndpointRow : ITenantRow
{
    public static readonly SealedColumn<string> SealedTarget = SealedColumn.Text("outbox_endpoints", "target");

    public const string Active = "active";

    /// <summary>Paused by an operator: events are kept and wait.</summary>
    public const string Paused = "paused";

    /// <summary>The receiver asked for no more events. New ones are not kept for it.</summary>
    public const string Gone = "gone";

    public Guid TenantId { get; init; }

    public Guid EndpointId { get; init; }

    /// <summary>The sender's kind: <see cref="IOutboxSender.Kind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The part of the target that may be shown.</summary>
    public required string Host { get; init; }

    /// <summary>Names of events between spaces, with one at each end; <c>*</c> for all.</summary>
    public required string Events { get; init; }

    public required string State { get; init; }

    public required byte[] Target { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A secret that signs an endpoint's events.</summary>
internal sealed class OutboxSecretRow : ITenantRow
{
    public static readonly SealedColumn Sealed = new("outbox_secrets", "secret");

    public Guid TenantId { get; init; }

    public Guid EndpointId { get; init; }

    public Guid SecretId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Set by the rotation that created the next one.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    public required byte[] Secret { get; init; }
}

/// <summary>An event for one endpoint: pending, delivered, or a dead letter.</summary>
internal sealed class OutboxRow : ITenantRow
{
    public const string Pending = LeasedTable.Pending;
    public const string Dead = LeasedTable.Dead;
    public const string Delivered = "delivered";

    public Guid TenantId { get; init; }

    public Guid EntryId { get; init; }

    public Guid EndpointId { get; init; }

    /// <summary>Null in an erasure's own event, which outlives the user's rows.</summary>
    public Guid? UserId { get; init; }

    public required string EventType { get; init; }

    public required string Payload { get; init; }

    /// <summary>Orders the events of one user for one endpoint.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    public required string State { get; init; }

    /// <summary>Counted when a try begins.</summary>
    public int Attempts { get; init; }

    public DateTimeOffset DueAt { get; init; }

    public Guid? LeaseId { get; init; }

    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>Why the last try failed: a code.</summary>
    public string? Fault { get; init; }

    public DateTimeOffset? DeliveredAt { get; init; }
}

internal sealed class OutboxTables
    : IEntityTypeConfiguration<OutboxRow>,
        IEntityTypeConfiguration<OutboxEndpointRow>,
        IEntityTypeConfiguration<OutboxSecretRow>
{
    private const string NoEndpoints =
        "Operators add endpoints at the command line, and the drill's tenants have none; the tests of the outbox look into it.";

    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "outbox",
            Description = "Events for other services, with random ids only: pending, recently delivered, or dead letters.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            // The erasure's own event does not belong to the user: it is added without their id before these rows are
            // deleted.
            Erase = EraseStage.Rows,
            EmptyInDrill = NoEndpoints,
            Key = ["tenant_id", "entry_id"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("entry_id", "The entry's random id, by which receivers recognise a repeat."),
                Column.Plain("endpoint_id", "The endpoint that gets it."),
                Column.Plain("user_id", "The user it is about, a random id; null in an erasure's own event."),
                Column.Plain("event_type", "What happened, as a code."),
                Column.Plain("payload", "What is sent: the event's name, its time and random ids."),
                Column.Plain("created_at", "When it happened; orders one user's events."),
                Column.Plain("state", "Whether it waits, was delivered, or is dead."),
                Column.Plain("attempts", "How often it was tried."),
                Column.Plain("due_at", "When it is tried next."),
                Column.Plain("lease_id", "The node's lease on it, a random id."),
                Column.Plain("lease_until", "When the lease ends."),
                Column.Plain("fault", "Why the last try failed, as a code."),
                Column.Plain("delivered_at", "When the receiver took it."),
            ],
        },
        new()
        {
            Name = "outbox_endpoints",
            Description = "Where a tenant's events are sent; addresses sealed.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            EmptyInDrill = NoEndpoints,
            Key = ["tenant_id", "endpoint_id"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("endpoint_id", "The endpoint's random id."),
                Column.Plain("kind", "How it is sent to, as a code."),
                Column.Plain("host", "The host of its address."),
                Column.Plain("events", "Which events it gets, by their names."),
                Column.Plain("state", "Whether it is active, paused, or gone."),
                Column.Sealed("target", OutboxEndpointRow.SealedTarget, "Its address, under the tenant's own key."),
                Column.Plain("created_at", "When it was added."),
            ],
        },
        new()
        {
            Name = "outbox_secrets",
            Description = "The secrets that sign endpoints' events, sealed.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            EmptyInDrill = NoEndpoints,
            Key = ["tenant_id", "endpoint_id", "secret_id"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("endpoint_id", "The endpoint that it signs for."),
                Column.Plain("secret_id", "The secret's random id."),
                Column.Plain("created_at", "When it was created."),
                Column.Plain("ends_at", "When it stops signing; null for the newest."),
                Column.Sealed("secret", OutboxSecretRow.Sealed, "The secret, under the tenant's own key."),
            ],
        },
        new()
        {
            Name = "outbox_tenants",
            Description = "Which tenants have, or had, an endpoint: where a node looks for events to send.",
            Owner = TableOwner.Installation,
            Policy = TablePolicy.Installation,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            EmptyInDrill = NoEndpoints,
            Key = ["tenant"],
            NewestBy = "tenant",
            Columns = [Column.Plain("tenant", "The tenant, a random id.")],
        },
    ];

    public void Configure(EntityTypeBuilder<OutboxRow> builder)
    {
        builder.ToTable("outbox");
        builder.HasKey(row => new { row.TenantId, row.EntryId });
    }

    public void Configure(EntityTypeBuilder<OutboxEndpointRow> builder)
    {
        builder.ToTable("outbox_endpoints");
        builder.HasKey(row => new { row.TenantId, row.EndpointId });
    }

    public void Configure(EntityTypeBuilder<OutboxSecretRow> builder)
    {
        builder.ToTable("outbox_secrets");
        builder.HasKey(row => new
        {
            row.TenantId,
            row.EndpointId,
            row.SecretId,
        });
    }
}

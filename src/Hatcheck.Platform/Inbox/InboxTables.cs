using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Platform.Inbox;

/// <summary>A tenant's key of one day, wrapped by the KEK: seals deliveries whose user is not yet known.</summary>
internal sealed class DayKeyRow : ITenantRow
{
    public Guid TenantId { get; init; }

    /// <summary>Days since 1970, UTC.</summary>
    public int Day { get; init; }

    public required string KekId { get; init; }

    public required byte[] Wrapped { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>An event waiting to be processed, or a dead letter.</summary>
internal sealed class InboxRow : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn Sealed = new("inbox", "body");

    public const string Pending = "pending";
    public const string Dead = "dead";

    public Guid TenantId { get; init; }

    /// <summary>The sender's id of the event, as a keyed hash.</summary>
    public required string EventHash { get; init; }

    public Guid EntryId { get; init; }

    /// <summary>The endpoint that received it, by its name in the settings.</summary>
    public required string Endpoint { get; init; }

    public required string EventType { get; init; }

    /// <summary>The subject, as a keyed hash: events of one subject are processed in the order received.</summary>
    public required string SubjectHash { get; init; }

    /// <summary>The event's own time.</summary>
    public DateTimeOffset EventAt { get; init; }

    public DateTimeOffset ReceivedAt { get; init; }

    public required string State { get; init; }

    /// <summary>Counted when a try begins, so that an event which kills its node reaches its limit too.</summary>
    public int Attempts { get; init; }

    public DateTimeOffset DueAt { get; init; }

    public Guid? LeaseId { get; init; }

    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>Why the last try failed: a code, never a message.</summary>
    public string? Fault { get; init; }

    /// <summary>The day whose key opens the body; null once it is sealed under the user's.</summary>
    public int? Day { get; init; }

    /// <summary>The user whose key seals the body; a merge does not change it.</summary>
    public Guid? UserId { get; init; }

    public required byte[] Body { get; init; }
}

/// <summary>Records that a delivery was received.</summary>
internal sealed class InboxSeenRow : ITenantRow
{
    public Guid TenantId { get; init; }

    public required string EventHash { get; init; }

    /// <summary>The entry created for it; a repeat finds another id.</summary>
    public Guid EntryId { get; init; }

    public DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>The progress of a subject's events. It names no user, and outlives them.</summary>
internal sealed class InboxSubjectRow : ITenantRow
{
    public const string Live = "live";

    /// <summary>The sender reported the subject as deleted.</summary>
    public const string Deleted = "deleted";

    /// <summary>The user was erased here.</summary>
    public const string Erased = "erased";

    public Guid TenantId { get; init; }

    public required string SubjectHash { get; init; }

    public required string State { get; set; }

    /// <summary>The newest time of a processed event, or of the erasure.</summary>
    public DateTimeOffset EventAt { get; set; }

    /// <summary>The number of processed deliveries, each counted once, whatever the result.</summary>
    public int Events { get; set; }

    public DateTimeOffset TouchedAt { get; set; }

    /// <summary>The subject's identity here, by its random id; null while there is none, and after its erasure.</summary>
    public Guid? IdentityId { get; set; }
}

internal sealed class InboxTables
    : IEntityTypeConfiguration<DayKeyRow>,
        IEntityTypeConfiguration<InboxRow>,
        IEntityTypeConfiguration<InboxSeenRow>,
        IEntityTypeConfiguration<InboxSubjectRow>
{
    private const string NoWebhooks =
        "A webhook's endpoint is a setting that names a tenant, and the drill's tenants are made once the server runs; "
        + "what deliveries leave behind is looked for by the tests of webhooks.";

    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "day_keys",
            Description =
                "Keys of a day, wrapped: they seal deliveries whose user is not yet known, and are destroyed after "
                + "eight days.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            EmptyInDrill = NoWebhooks,
            Key = ["tenant_id", "day"],
            NewestBy = "day",
            Columns =
            [
                Column.Tenant,
                Column.Plain("day", "Days since 1970, UTC."),
                Column.Plain("kek_id", "Which key-encryption key wraps it, by a random id."),
                Column.Wrapped("wrapped", "The key itself, wrapped and bound to its row."),
                Column.Plain("created_at", "When it was created."),
            ],
        },
        new()
        {
            Name = "inbox",
            Description = "Events waiting to be processed, and dead letters; bodies sealed.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Section = new(
                "inbox_events",
                "What your sign-in provider told us about you and could not yet be taken over, sealed.",
                Place: 20
            ),
            EmptyInDrill = NoWebhooks,
            Key = ["tenant_id", "event_hash"],
            NewestBy = "received_at",
            Columns =
            [
                Column.Tenant,
                Column.Hash("event_hash", "The sender's id of the event, as a keyed hash."),
                Column.Plain("entry_id", "The entry's random id."),
                Column.Plain("endpoint", "Which endpoint took it, by the name in the settings."),
                Column.Plain("event_type", "What sort of event it is."),
                Column.Hash("subject_hash", "The subject, as a keyed hash."),
                Column.Plain("event_at", "The event's own time."),
                Column.Plain("received_at", "When it arrived."),
                Column.Plain("state", "Whether it waits or is dead."),
                Column.Plain("attempts", "How often it was tried."),
                Column.Plain("due_at", "When it is tried next."),
                Column.Plain("lease_id", "The node's lease on it, a random id."),
                Column.Plain("lease_until", "When the lease ends."),
                Column.Plain("fault", "Why the last try failed, as a code."),
                Column.Plain("day", "The day whose key opens the body; null once a user's does."),
                Column.Plain("user_id", "The user under whose key the body is sealed; null until they are known."),
                Column.Sealed("body", InboxRow.Sealed, "The event as it came."),
            ],
        },
        new()
        {
            Name = "inbox_seen",
            Description = "Which deliveries were taken, as keyed hashes.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            EmptyInDrill = NoWebhooks,
            Key = ["tenant_id", "event_hash"],
            NewestBy = "received_at",
            Columns =
            [
                Column.Tenant,
                Column.Hash("event_hash", "The sender's id of the event, as a keyed hash."),
                Column.Plain("entry_id", "The entry that was created for it."),
                Column.Plain("received_at", "When it arrived."),
            ],
        },
        new()
        {
            Name = "inbox_subjects",
            Description =
                "How far each subject's events have got, as keyed hashes and without a user, so that no erased user "
                + "comes back.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            EmptyInDrill = NoWebhooks,
            Key = ["tenant_id", "subject_hash"],
            NewestBy = "touched_at",
            Columns =
            [
                Column.Tenant,
                Column.Hash("subject_hash", "The subject, as a keyed hash."),
                Column.Plain("state", "Whether the subject is live, deleted by the sender, or erased here."),
                Column.Plain("event_at", "The newest time of an event that was acted on."),
                Column.Plain("events", "How many deliveries were processed."),
                Column.Plain("touched_at", "When the row was last used."),
                Column.Plain("identity_id", "The identity that it is here, a random id; null after its erasure."),
            ],
        },
    ];

    public void Configure(EntityTypeBuilder<DayKeyRow> builder)
    {
        builder.ToTable("day_keys");
        builder.HasKey(row => new { row.TenantId, row.Day });
    }

    public void Configure(EntityTypeBuilder<InboxRow> builder)
    {
        builder.ToTable("inbox");
        builder.HasKey(row => new { row.TenantId, row.EventHash });
    }

    public void Configure(EntityTypeBuilder<InboxSeenRow> builder)
    {
        builder.ToTable("inbox_seen");
        builder.HasKey(row => new { row.TenantId, row.EventHash });
    }

    public void Configure(EntityTypeBuilder<InboxSubjectRow> builder)
    {
        builder.ToTable("inbox_subjects");
        builder.HasKey(row => new { row.TenantId, row.SubjectHash });
    }
}

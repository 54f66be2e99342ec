using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.People.Preferences;

/// <summary>A version of a tenant's schema: immutable, never personal, in the clear.</summary>
internal sealed class PreferenceSchemaRow : ITenantRow
{
    public Guid TenantId { get; init; }

    public int Version { get; init; }

    public DateTimeOffset At { get; init; }

    public required string Actor { get; init; }

    /// <summary>The schema, as JSON.</summary>
    public required string Document { get; init; }
}

/// <summary>A user's own values. No row means that there was never one.</summary>
internal sealed class PreferenceRow : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<SealedValues> Sealed = SealedColumn.Json(
        "preferences",
        "values",
        SealedPreferencesJson.Default.SealedValues
    );

    public Guid TenantId { get; init; }

    /// <summary>The user under whose key the cell is sealed; a merge leaves it.</summary>
    public Guid UserId { get; init; }

    public int Version { get; init; }

    public int SchemaVersion { get; init; }

    /// <summary>The change that created this version; the cell is bound to the user's id instead.</summary>
    public Guid ChangeId { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>See <see cref="SealedValues"/>.</summary>
    public required byte[] OwnValues { get; init; }
}

/// <summary>A stored change, with the values after it.</summary>
internal sealed class PreferenceHistoryRow : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<SealedChange> Sealed = SealedColumn.Json(
        "preference_history",
        "change",
        SealedPreferencesJson.Default.SealedChange
    );

    public Guid TenantId { get; init; }

    public Guid UserId { get; init; }

    public int Version { get; init; }

    public DateTimeOffset At { get; init; }

    public Guid ChangeId { get; init; }

    /// <summary>See <see cref="SealedChange"/>.</summary>
    public required byte[] Change { get; init; }
}

internal sealed class PreferenceTables
    : IEntityTypeConfiguration<PreferenceSchemaRow>,
        IEntityTypeConfiguration<PreferenceRow>,
        IEntityTypeConfiguration<PreferenceHistoryRow>
{
    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "preference_schemas",
            Description = "A tenant's additions to the built-in preferences; nothing personal, in the clear.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.None,
            Key = ["tenant_id", "version"],
            NewestBy = "at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("version", "Counts the tenant's schemas."),
                Column.Plain("at", "When it was stored."),
                Column.Plain("actor", "The actor who stored it, by a random id."),
                Column.Plain("document", "The schema, as JSON."),
            ],
        },
        new()
        {
            Name = "preferences",
            Description = "A user's settings in one sealed cell; only its version and the time of the last change are clear.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Section = new(
                "preferences",
                "Your own settings, such as language and notifications, sealed, so that the bot works the way you want.",
                Place: 50
            ),
            Key = ["tenant_id", "user_id"],
            NewestBy = "updated_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The user under whose key the values are sealed."),
                Column.Plain("version", "Counts the changes."),
                Column.Plain("schema_version", "The version of the tenant's schema that the values were checked against."),
                Column.Plain("change_id", "The change that created this version, a random id."),
                Column.Plain("updated_at", "When it was last changed."),
                Column.Sealed("own_values", PreferenceRow.Sealed, "All of the user's own values."),
            ],
        },
        new()
        {
            Name = "preference_history",
            Description = "Each change of a user's settings, sealed, for rollback.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Section = new(
                "preference_changes",
                "Your earlier settings and who changed them, sealed and for a limited time, so that changes can "
                    + "be looked up and undone.",
                Place: 60
            ),
            Key = ["tenant_id", "user_id", "version"],
            NewestBy = "at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The user whose settings changed."),
                Column.Plain("version", "The version that the change created."),
                Column.Plain("at", "When the change was made."),
                Column.Plain("change_id", "The change, by its random id."),
                Column.Sealed(
                    "change",
                    PreferenceHistoryRow.Sealed,
                    "What was changed, who changed it, and the values after it."
                ),
            ],
        },
    ];

    public void Configure(EntityTypeBuilder<PreferenceSchemaRow> builder)
    {
        builder.ToTable("preference_schemas");
        builder.HasKey(row => new { row.TenantId, row.Version });
    }

    public void Configure(EntityTypeBuilder<PreferenceRow> builder)
    {
        builder.ToTable("preferences");
        builder.HasKey(row => new { row.TenantId, row.UserId });
    }

    public void Configure(EntityTypeBuilder<PreferenceHistoryRow> builder)
    {
        builder.ToTable("preference_history");
        builder.HasKey(row => new
        {
            row.TenantId,
            row.UserId,
            row.Version,
        });
    }
}

using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.People.Preferences;

/// <summary>A version of a tenant's schema: never altered, never personal, in the clear.</summary>
internal sealed class PreferenceSchemaRow : ITenantRow
{
    public Guid TenantId { get; init; }

    public int Version { get; init; }

    public DateTimeOffset At { get; init; }

    public required string Actor { get; init; }

    /// <summary>What was put, as JSON.</summary>
    public required string Document { get; init; }
}

/// <summary>A person's own values. No row: there has never been one.</summary>
internal sealed class PreferenceRow : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<SealedValues> Sealed = SealedColumn.Json(
        "preferences",
        "values",
        SealedPreferencesJson.Default.SealedValues
    );

    public Guid TenantId { get; init; }

    /// <summary>Under whose key the cell is sealed; a merge leaves it.</summary>
    public Guid UserId { get; init; }

    public int Version { get; init; }

    public int SchemaVersion { get; init; }

    /// <summary>The change that made this version; the cell is bound to the user's id in its place.</summary>
    public Guid ChangeId { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>See <see cref="SealedValues"/>.</summary>
    public required byte[] OwnValues { get; init; }
}

/// <summary>A change that was made, with the values since.</summary>
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
            Says = "What a tenant adds to the built-in preferences; nothing personal, in the clear.",
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
                Column.Plain("at", "When it was put."),
                Column.Plain("actor", "Who put it, by a random id."),
                Column.Plain("document", "The schema, as JSON."),
            ],
        },
        new()
        {
            Name = "preferences",
            Says = "What a person has set, all of it in one sealed cell; in the clear are its version and when it changed.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Section = new(
                "preferences",
                "What you have set yourself: language, notifications and the like, sealed, so that the "
                    + "bot does as you like it.",
                Place: 50
            ),
            Key = ["tenant_id", "user_id"],
            NewestBy = "updated_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The person under whose key the values are sealed."),
                Column.Plain("version", "Counts the changes."),
                Column.Plain("schema_version", "The tenant's schema that the values were checked by."),
                Column.Plain("change_id", "The change that made this version, a random id."),
                Column.Plain("updated_at", "When it was last changed."),
                Column.Sealed("own_values", PreferenceRow.Sealed, "All that the person has set."),
            ],
        },
        new()
        {
            Name = "preference_history",
            Says = "Each change of it, sealed, so that it can be undone.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Section = new(
                "preference_changes",
                "What you have set before and who changed it, sealed and for a limited time, so that it "
                    + "can be looked up and taken back.",
                Place: 60
            ),
            Key = ["tenant_id", "user_id", "version"],
            NewestBy = "at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The person whose change it is."),
                Column.Plain("version", "The version that the change made."),
                Column.Plain("at", "When it was made."),
                Column.Plain("change_id", "The change, by its random id."),
                Column.Sealed("change", PreferenceHistoryRow.Sealed, "What was changed, by whom, and the values since."),
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

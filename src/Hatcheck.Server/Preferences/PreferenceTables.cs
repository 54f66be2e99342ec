using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Server.Preferences;

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
    /// <summary>Frozen labels of the sealed cell; never today's table or column name.</summary>
    public const string CellTable = "preferences";
    public const string CellColumn = "values";

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
    /// <summary>Frozen labels of the sealed cell; never today's table or column name.</summary>
    public const string CellTable = "preference_history";
    public const string CellColumn = "change";

    public Guid TenantId { get; init; }

    public Guid UserId { get; init; }

    public int Version { get; init; }

    public DateTimeOffset At { get; init; }

    public Guid ChangeId { get; init; }

    /// <summary>See <see cref="SealedChange"/>.</summary>
    public required byte[] Change { get; init; }
}

internal sealed class PreferenceTables :
    IEntityTypeConfiguration<PreferenceSchemaRow>, IEntityTypeConfiguration<PreferenceRow>, IEntityTypeConfiguration<PreferenceHistoryRow>
{
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
        builder.HasKey(row => new { row.TenantId, row.UserId, row.Version });
    }
}

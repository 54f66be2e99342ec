using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Server.Usage;

/// <summary>A line of a person's usage log: only its time is in the clear.</summary>
internal sealed class UsageRow : ITenantRow
{
    /// <summary>Frozen labels of the sealed cell; never today's table or column name.</summary>
    public const string CellTable = "usage_log";
    public const string CellColumn = "entry";

    public Guid TenantId { get; init; }

    /// <summary>The user under whose key the entry is sealed; a merge leaves it.</summary>
    public Guid UserId { get; init; }

    public DateTimeOffset At { get; init; }

    public Guid EntryId { get; init; }

    /// <summary>Sealed JSON: action and attributes.</summary>
    public required byte[] Entry { get; init; }
}

internal sealed class UsageTables : IEntityTypeConfiguration<UsageRow>
{
    public void Configure(EntityTypeBuilder<UsageRow> builder)
    {
        builder.ToTable("usage_log");
        builder.HasKey(row => new { row.TenantId, row.UserId, row.At, row.EntryId });
    }
}

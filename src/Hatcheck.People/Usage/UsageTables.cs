using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.People.Usage;

/// <summary>A line of a user's usage log: only its time is in the clear.</summary>
internal sealed class UsageRow : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<SealedUsage> Sealed = SealedColumn.Json(
        "usage_log",
        "entry",
        UsageJson.Default.SealedUsage
    );

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
    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "usage_log",
            Description = "What a user did, sealed; only the time is in the clear.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Section = new(
                "usage",
                "Which commands you used and when, sealed, so that the bot's keeper can see what is used "
                    + "and you can see what happened.",
                Place: 40
            ),
            Key = ["tenant_id", "user_id", "at", "entry_id"],
            NewestBy = "at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The user under whose key the entry is sealed."),
                Column.Plain("at", "When it was done."),
                Column.Plain("entry_id", "The entry's random id."),
                Column.Sealed("entry", UsageRow.Sealed, "What was done."),
            ],
        },
    ];

    public void Configure(EntityTypeBuilder<UsageRow> builder)
    {
        builder.ToTable("usage_log");
        builder.HasKey(row => new
        {
            row.TenantId,
            row.UserId,
            row.At,
            row.EntryId,
        });
    }
}

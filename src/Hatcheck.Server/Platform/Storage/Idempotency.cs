using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Server.Platform.Storage;

/// <summary>That a request with an Idempotency-Key was done: its hash and what it made, never its body.</summary>
internal sealed class IdempotencyRow : ITenantRow
{
    /// <summary>How long a repeat is known as one.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    /// <summary>In place of a request's hash once what it made was erased: nothing is kept of what the request said.</summary>
    public const string Forgotten = "";

    public Guid TenantId { get; init; }

    /// <summary>Whom the request was about; empty where it makes a user.</summary>
    public Guid UserId { get; init; }

    public required string KeyHash { get; init; }

    public required string RequestHash { get; init; }

    public Guid ResourceId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class IdempotencyTable : IEntityTypeConfiguration<IdempotencyRow>
{
    public void Configure(EntityTypeBuilder<IdempotencyRow> builder)
    {
        builder.ToTable("idempotency_keys");
        builder.HasKey(row => new { row.TenantId, row.UserId, row.KeyHash });
    }
}

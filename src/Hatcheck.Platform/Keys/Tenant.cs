using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Platform.Keys;

/// <summary>A bot, or a family of bots that share users.</summary>
internal sealed class Tenant : ITenantRow
{
    public Guid TenantId { get; init; }

    public required string Name { get; init; }

    public bool BlindOnly { get; init; }

    public int IndexScheme { get; init; }

    public int KeyEpoch { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class TenantTable : IEntityTypeConfiguration<Tenant>
{
    public void Configure(EntityTypeBuilder<Tenant> builder)
    {
        builder.ToTable("tenants");
        builder.HasKey(tenant => tenant.TenantId);
    }
}

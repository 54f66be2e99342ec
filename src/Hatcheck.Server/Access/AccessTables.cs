using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Server.Access;

/// <summary>One bot, or a family of bots that share users.</summary>
internal sealed class Tenant : ITenantRow
{
    public Guid TenantId { get; init; }

    public required string Name { get; init; }

    public bool BlindOnly { get; init; }

    public int IndexScheme { get; init; }

    public int KeyEpoch { get; set; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A service key: only its hash is kept.</summary>
internal sealed class ApiKeyRow : ITenantRow
{
    public Guid TenantId { get; init; }

    public Guid KeyId { get; init; }

    public required string Name { get; init; }

    /// <summary>SHA-256 of the key. The key holds 256 random bits, so nothing slower is needed.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>The key's last four characters, so that an operator can tell two keys apart.</summary>
    public required string Hint { get; init; }

    /// <summary>Separated by spaces; see <c>Scopes</c>.</summary>
    public required string Scopes { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    public DateTimeOffset? LastUsedAt { get; set; }
}

internal sealed class AccessTables : IEntityTypeConfiguration<Tenant>, IEntityTypeConfiguration<ApiKeyRow>
{
    public void Configure(EntityTypeBuilder<Tenant> builder)
    {
        builder.ToTable("tenants");
        builder.HasKey(tenant => tenant.TenantId);
    }

    public void Configure(EntityTypeBuilder<ApiKeyRow> builder)
    {
        builder.ToTable("api_keys");
        builder.HasKey(key => new { key.TenantId, key.KeyId });
    }
}

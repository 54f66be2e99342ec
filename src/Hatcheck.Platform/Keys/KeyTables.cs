using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// A user's data-encryption key (DEK), wrapped by the KEK. Deleting every version shreds everything sealed under it.
/// </summary>
internal sealed class UserKeyRow : ITenantRow
{
    public Guid TenantId { get; init; }

    public Guid UserId { get; init; }

    /// <summary>See <c>KeyPurpose</c>: <c>data</c> or <c>audit</c>.</summary>
    public required string Purpose { get; init; }

    public int Version { get; init; }

    public required string KekId { get; init; }

    public required byte[] Wrapped { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>
/// A tenant's key, wrapped by the KEK: the blind index's, or the one that hashes look-up keys of side stores.
/// </summary>
internal sealed class TenantKeyRow : ITenantRow
{
    public Guid TenantId { get; init; }

    /// <summary>See <c>KeyPurpose</c>: <c>index</c> or <c>lookup</c>.</summary>
    public required string Purpose { get; init; }

    public int Version { get; init; }

    /// <summary>0 or 1 for an index key; 1 for a look-up key.</summary>
    public int Scheme { get; init; }

    public required string KekId { get; init; }

    public required byte[] Wrapped { get; init; }

    /// <summary>See <see cref="KeyState"/>.</summary>
    public string State { get; set; } = KeyState.Live;

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The state of a tenant's key.</summary>
internal static class KeyState
{
    /// <summary>Every identity has a row under it, or will once the current rotation is done.</summary>
    public const string Live = "live";

    /// <summary>
    /// An index key without rows, kept because a blind-only tenant's older hashes can be nested only through it.
    /// </summary>
    public const string Retired = "retired";
}

internal sealed class KeyTables : IEntityTypeConfiguration<UserKeyRow>, IEntityTypeConfiguration<TenantKeyRow>
{
    public void Configure(EntityTypeBuilder<UserKeyRow> builder)
    {
        builder.ToTable("user_keys");
        builder.HasKey(key => new
        {
            key.TenantId,
            key.UserId,
            key.Purpose,
            key.Version,
        });
    }

    public void Configure(EntityTypeBuilder<TenantKeyRow> builder)
    {
        builder.ToTable("tenant_keys");
        builder.HasKey(key => new
        {
            key.TenantId,
            key.Purpose,
            key.Version,
        });
    }
}

using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Server.Users;

/// <summary>A person known to the tenant. After an erasure the row stays as a tombstone: a random id and a time.</summary>
internal sealed class User : ITenantRow
{
    public Guid TenantId { get; init; }

    public Guid UserId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The survivor of a merge. Never itself merged: a later merge re-points all at once.</summary>
    public Guid? MergedInto { get; set; }

    public DateTimeOffset? MergedAt { get; set; }

    public DateTimeOffset? ErasedAt { get; set; }

    /// <summary>The entity tag of what <c>GET /users/{id}</c> shows; grows with every change of it.</summary>
    public int Version { get; set; } = 1;

    /// <summary>When the version last grew.</summary>
    public DateTimeOffset? UpdatedAt { get; set; }

    /// <summary>Since when the person is deleted, and may be restored while the grace period lasts.</summary>
    public DateTimeOffset? DeletedAt { get; set; }
}

/// <summary>A messenger id as its blind index; one row for each live version of the index key.</summary>
internal sealed class Identity : ITenantRow
{
    /// <summary>Frozen labels of the sealed cell; never today's table or column name.</summary>
    public const string CellTable = "identities";
    public const string CellColumn = "id";

    public Guid TenantId { get; init; }

    public required string Channel { get; init; }

    /// <summary>64 lowercase hexadecimal characters.</summary>
    public required string IndexValue { get; init; }

    public int KeyVersion { get; init; }

    public required string Kind { get; init; }

    /// <summary>The same for all rows of one identity.</summary>
    public Guid IdentityId { get; init; }

    public Guid UserId { get; set; }

    /// <summary>The user under whose key <see cref="SealedId"/> was sealed: a merge re-points the row, not the cell.</summary>
    public Guid SealedUnder { get; init; }

    /// <summary>The id itself, sealed; null for a blind-only tenant.</summary>
    public byte[]? SealedId { get; init; }

    public DateTimeOffset LinkedAt { get; init; }
}

/// <summary>A one-time code that proves one side of a merge.</summary>
internal sealed class LinkCode : ITenantRow
{
    public Guid TenantId { get; init; }

    public required string CodeHash { get; init; }

    public Guid UserId { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }
}

internal sealed class UserTables : IEntityTypeConfiguration<User>, IEntityTypeConfiguration<Identity>, IEntityTypeConfiguration<LinkCode>
{
    public void Configure(EntityTypeBuilder<User> builder)
    {
        builder.ToTable("users");
        builder.HasKey(user => new { user.TenantId, user.UserId });
    }

    public void Configure(EntityTypeBuilder<Identity> builder)
    {
        builder.ToTable("identities");
        builder.HasKey(identity => new { identity.TenantId, identity.Channel, identity.IndexValue });
    }

    public void Configure(EntityTypeBuilder<LinkCode> builder)
    {
        builder.ToTable("link_codes");
        builder.HasKey(code => new { code.TenantId, code.CodeHash });
    }
}

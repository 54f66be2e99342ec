using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.People.Users;

/// <summary>A user of the tenant. After an erasure the row stays as a tombstone: a random id and a time.</summary>
internal sealed class User : ITenantRow
{
    public Guid TenantId { get; init; }

    public Guid UserId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The survivor of a merge. It is never merged itself: a later merge re-points all rows at once.</summary>
    public Guid? MergedInto { get; set; }

    public DateTimeOffset? MergedAt { get; set; }

    public DateTimeOffset? ErasedAt { get; set; }

    /// <summary>The entity tag of <c>GET /users/{id}</c>; grows with every change of that answer.</summary>
    public int Version { get; set; } = 1;

    /// <summary>When the version last grew.</summary>
    public DateTimeOffset? UpdatedAt { get; set; }

    /// <summary>When the user was deleted; they can be restored within the grace period.</summary>
    public DateTimeOffset? DeletedAt { get; set; }
}

/// <summary>A messenger id as its blind index; one row per live version of the index key.</summary>
internal sealed class Identity : ITenantRow
{
    /// <summary>The sealed column.</summary>
    public static readonly SealedColumn<string> Sealed = SealedColumn.Text("identities", "id");

    public Guid TenantId { get; init; }

    public required string Channel { get; init; }

    /// <summary>64 lowercase hexadecimal characters.</summary>
    public required string IndexValue { get; init; }

    public int KeyVersion { get; init; }

    public required string Kind { get; init; }

    /// <summary>The same for all rows of one identity.</summary>
    public Guid IdentityId { get; init; }

    public Guid UserId { get; set; }

    /// <summary>
    /// The user under whose key <see cref="SealedId"/> is sealed: a merge re-points the row, not the cell.
    /// </summary>
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

internal sealed class UserTables
    : IEntityTypeConfiguration<User>,
        IEntityTypeConfiguration<Identity>,
        IEntityTypeConfiguration<LinkCode>
{
    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "users",
            Description = "Users as random ids. After an erasure only the id stays.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Tombstone,
            OutlivesBecause = "It is the tombstone: a random id and a time, so that the id answers 410 for ever.",
            Key = ["tenant_id", "user_id"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("user_id", "The user, a random id that is never reused."),
                Column.Plain("created_at", "When the user was created."),
                Column.Plain("merged_into", "The user that this one was merged into."),
                Column.Plain("merged_at", "When the user was merged."),
                Column.Plain("erased_at", "When the user was erased."),
                Column.Plain("version", "Counts the changes of what a bot sees of the user."),
                Column.Plain("updated_at", "When the version last grew."),
                Column.Plain("deleted_at", "When the user was deleted; they can be restored until the grace period ends."),
            ],
        },
        new()
        {
            Name = "identities",
            Description = "A messenger id as its keyed hash (index_value), and the id itself sealed (sealed_id).",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Nothing,
            Erase = EraseStage.Rows,
            Section = new(
                "identities",
                "A keyed hash of your id on the messenger, so that the bot recognises you; with it the "
                    + "id itself, sealed, so that it can write to you, unless the bot sends hashes only.",
                Place: 30,
                Counted: "identity_id"
            ),
            Key = ["tenant_id", "channel", "index_value"],
            NewestBy = "linked_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("channel", "The messenger or the issuer."),
                Column.Hash("index_value", "The id on it, as a keyed hash."),
                Column.Plain("key_version", "The version of the index key of the hash."),
                Column.Plain("kind", "What sort of id it is."),
                Column.Plain("identity_id", "The same random id in all rows of one identity."),
                Column.Plain("user_id", "The user of the identity."),
                Column.Plain("sealed_under", "The user under whose key the id is sealed; a merge leaves it."),
                Column.Sealed(
                    "sealed_id",
                    Identity.Sealed,
                    "The id itself, so that the bot can write first; null for a tenant that sends hashes only."
                ),
                Column.Plain("linked_at", "When it was linked."),
            ],
        },
        new()
        {
            Name = "link_codes",
            Description = "One-time codes for merging two users, as keyed hashes.",
            Owner = TableOwner.Person,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Access("A caller with the code of a row merges another user into its user."),
            Erase = EraseStage.Rows,
            Key = ["tenant_id", "code_hash"],
            NewestBy = "expires_at",
            Columns =
            [
                Column.Tenant,
                Column.Hash("code_hash", "The code, as a keyed hash."),
                Column.Plain("user_id", "The user who requested it."),
                Column.Plain("expires_at", "When it ends."),
                Column.Plain("used_at", "When it was used."),
            ],
        },
    ];

    public void Configure(EntityTypeBuilder<User> builder)
    {
        builder.ToTable("users");
        builder.HasKey(user => new { user.TenantId, user.UserId });
    }

    public void Configure(EntityTypeBuilder<Identity> builder)
    {
        builder.ToTable("identities");
        builder.HasKey(identity => new
        {
            identity.TenantId,
            identity.Channel,
            identity.IndexValue,
        });
    }

    public void Configure(EntityTypeBuilder<LinkCode> builder)
    {
        builder.ToTable("link_codes");
        builder.HasKey(code => new { code.TenantId, code.CodeHash });
    }
}

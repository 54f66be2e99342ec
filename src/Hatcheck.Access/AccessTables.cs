using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Hatcheck.Access;

/// <summary>A service key: only its hash is stored.</summary>
internal sealed class ApiKeyRow : ITenantRow
{
    public Guid TenantId { get; init; }

    public Guid KeyId { get; init; }

    public required string Name { get; init; }

    /// <summary>SHA-256 of the key. The key holds 256 random bits, so nothing slower is needed.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>The key's last four characters, by which an operator can tell two keys apart.</summary>
    public required string Hint { get; init; }

    /// <summary>Separated by spaces; see <c>Scopes</c>.</summary>
    public required string Scopes { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    public DateTimeOffset? LastUsedAt { get; set; }
}

internal sealed class AccessTables : IEntityTypeConfiguration<ApiKeyRow>
{
    public static IReadOnlyList<Table> Declared { get; } =
    [
        new()
        {
            Name = "api_keys",
            Description = "Keys of bots, as hashes.",
            Owner = TableOwner.Tenant,
            Policy = TablePolicy.Tenant,
            Grants = Grants.Access("A request with the key of a row acts with its scopes."),
            Erase = EraseStage.None,
            Key = ["tenant_id", "key_id"],
            NewestBy = "created_at",
            Columns =
            [
                Column.Tenant,
                Column.Plain("key_id", "The key's random id."),
                Column.Plain("name", "What its keeper calls it."),
                Column.Hash("hash", "The key, as SHA-256: it holds 256 random bits."),
                Column.Plain("hint", "The last four characters of the key."),
                Column.Plain("scopes", "What the key may do."),
                Column.Plain("created_at", "When it was created."),
                Column.Plain("expires_at", "When it ends."),
                Column.Plain("revoked_at", "When it was revoked."),
                Column.Plain("last_used_at", "When it was last used, roughly."),
            ],
        },
    ];

    public void Configure(EntityTypeBuilder<ApiKeyRow> builder)
    {
        builder.ToTable("api_keys");
        builder.HasKey(key => new { key.TenantId, key.KeyId });
    }
}

using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Keys;

/// <summary>The owner of a key that seals a cell, and which of the owner's keys it is.</summary>
/// <param name="Id">The user or the member; empty for a tenant.</param>
/// <param name="Purpose">See <see cref="KeyPurpose"/>.</param>
internal readonly record struct KeyOwner(Guid Id, string Purpose)
{
    /// <summary>The purpose of a member's key.</summary>
    public const string MemberPurpose = "member";

    /// <summary>The purpose of a tenant's own key, stored in <c>user_keys</c> with the nil id.</summary>
    public const string TenantPurpose = "tenant";

    /// <summary>The tenant's key of one day; its version is the day.</summary>
    public static KeyOwner Day { get; } = new(Guid.Empty, KeyPurpose.Side);

    /// <summary>The tenant itself: addresses and secrets of its endpoints.</summary>
    public static KeyOwner Tenant { get; } = new(Guid.Empty, TenantPurpose);

    /// <summary>A user's data key.</summary>
    public static KeyOwner User(Guid id) => new(id, KeyPurpose.Data);

    /// <summary>A user's audit key: details of acts can be shredded separately from the chain of acts.</summary>
    public static KeyOwner AuditOf(Guid user) => new(user, KeyPurpose.Audit);

    /// <summary>A member of a tenant's staff.</summary>
    public static KeyOwner Member(Guid id) => new(id, MemberPurpose);
}

/// <summary>A wrapped key of a user or a member, as stored in <c>user_keys</c>. Created from rows only.</summary>
internal sealed class WrappedKey
{
    private WrappedKey(KeyOwner owner, int version, string kekId, byte[] bytes) =>
        (Owner, Version, KekId, Bytes) = (owner, version, kekId, bytes);

    public KeyOwner Owner { get; }

    public int Version { get; }

    public string KekId { get; }

    public byte[] Bytes { get; }

    /// <summary>The columns of a key in a select, and their reader.</summary>
    internal sealed class Fields
    {
        private readonly Field owner;
        private readonly string? purpose;
        private readonly Field storedPurpose;
        private readonly Field version;
        private readonly Field kekId;
        private readonly Field wrapped;

        /// <summary>Adds the columns of a key whose owner and purpose the statement names.</summary>
        /// <param name="columns">The select's columns.</param>
        /// <param name="alias">The alias of <c>user_keys</c>.</param>
        /// <param name="owner">The column that holds the owner's id.</param>
        /// <param name="purpose">The purpose that the join names.</param>
        public Fields(Columns columns, string alias, Field owner, string purpose)
            : this(columns, alias) => (this.owner, this.purpose) = (owner, purpose);

        private Fields(Columns columns, string alias)
        {
            version = columns.Add($"{alias}.version");
            kekId = columns.Add($"{alias}.kek_id");
            wrapped = columns.Add($"{alias}.wrapped");
        }

        /// <summary>Adds every column of a key.</summary>
        public static Fields All(Columns columns, string alias) => new(columns, alias, columns.Add($"{alias}.purpose"));

        private Fields(Columns columns, string alias, Field storedPurpose)
            : this(columns, alias) => (owner, this.storedPurpose) = (columns.Add($"{alias}.user_id"), storedPurpose);

        /// <summary>Returns the key of a row; null where the row has none: the owner was erased, or never had one.</summary>
        public WrappedKey? Read(Row row) =>
            row.IsNull(version)
                ? null
                : new(
                    new(row.Guid(owner), purpose ?? row.Text(storedPurpose)),
                    row.Number(version),
                    row.Text(kekId),
                    row.Bytes(wrapped)
                );
    }
}

using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// A table of blind-index values, which a rotation rehashes under the newest key; tables are done in any order. Each value
/// is identified by its group (a channel, or a kind of profile value), the value itself, and its user.
/// </summary>
internal interface IBlindIndexTable
{
    /// <summary>
    /// Selects values of tenant $1 older than version $2, after group $3, value $4 and user $6, in that order, at most $5,
    /// including those already done. Columns: <c>value_group</c>, <c>index_value</c>, <c>key_version</c>, <c>kind</c>,
    /// <c>id</c>, <c>user_id</c>, <c>sealed_under</c>, <c>cell</c>, and <c>is_done</c>: whether the newest version exists.
    /// </summary>
    string PageQuery { get; }

    /// <summary>
    /// Copies the current value of tenant $1, group $2, value $3 and user $7 to value $4 of version $5, if the key set is
    /// still $6. Locks tenant and user, so a concurrent erasure or change comes entirely before (then there is nothing to
    /// copy) or entirely after (then it includes the copy).
    /// </summary>
    string CopyStatement { get; }

    /// <summary>
    /// Selects every value of every tenant: tenant, version of the key, and whether it exists under a newer one too.
    /// </summary>
    string CountQuery { get; }

    /// <summary>Counts the values that exist under a version and under no newer one.</summary>
    Task<int> LeftUnderAsync(HatcheckDb db, int version, CancellationToken cancellation);

    /// <summary>Deletes the values under a version.</summary>
    Task<int> DeleteAsync(HatcheckDb db, int version, CancellationToken cancellation);

    /// <summary>Returns the value under the newest key; null if there is no source for it.</summary>
    /// <exception cref="CannotOpenException">The source does not open.</exception>
    ValueTask<string?> NewValueAsync(
        TenantKeySet keys,
        bool blindOnly,
        OldValue value,
        PersonVault vault,
        CancellationToken cancellation
    );
}

/// <summary>A value under an older key, with its source.</summary>
/// <param name="Group">The channel, or the kind of profile value.</param>
/// <param name="Value">64 lowercase hex.</param>
/// <param name="Version">Version of the index key.</param>
/// <param name="Kind">Kind of the identity.</param>
/// <param name="Id">Id of the identity; for a profile value, the user's.</param>
/// <param name="User">The value's user.</param>
/// <param name="SealedUnder">The owner of the key that opens <paramref name="Sealed"/>.</param>
/// <param name="Sealed">The cell with the plain value; null if it is not kept.</param>
/// <param name="Done">Whether it already exists under the newest key.</param>
internal sealed record OldValue(
    string Group,
    string Value,
    int Version,
    string Kind,
    Guid Id,
    Guid User,
    Guid SealedUnder,
    byte[]? Sealed,
    bool Done
);

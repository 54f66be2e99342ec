using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// A table of blind-index values, which a rotation brings to the newest key; the tables are brought up in no order that
/// matters. Each value is named by its group (channel, or kind of profile value), the value itself, and the user who has it.
/// </summary>
internal interface IRehashed
{
    /// <summary>
    /// Values older than version $2 of tenant $1 beyond group $3, value $4 and user $6, in that order, $5 at most, done ones
    /// too, as
    /// <c>value_group</c>, <c>index_value</c>, <c>key_version</c>, <c>kind</c>, <c>id</c>, <c>user_id</c>, <c>sealed_under</c>,
    /// <c>cell</c>, and <c>is_done</c>: whether the newest version is there.
    /// </summary>
    string PageQuery { get; }

    /// <summary>
    /// Copies the value of tenant $1, group $2, value $3 and user $7 as it stands now to value $4 of version $5, if the key
    /// set is still $6, with tenant and user held: an erasure or a change at the same moment comes wholly before (then there
    /// is nothing to copy) or wholly after (then it takes the copy too).
    /// </summary>
    string CopyStatement { get; }

    /// <summary>
    /// Every value of every tenant: tenant, version of the key, and whether the same is there under a newer one.
    /// </summary>
    string CountQuery { get; }

    /// <summary>How many values stand under a version and under no newer one.</summary>
    Task<int> LeftUnderAsync(HatcheckDb db, int version, CancellationToken cancellation);

    /// <summary>Deletes the values under a version.</summary>
    Task<int> DeleteAsync(HatcheckDb db, int version, CancellationToken cancellation);

    /// <summary>The value under the newest key; null if there is nothing to make it from.</summary>
    /// <exception cref="CannotOpenException">What it would be made from does not open.</exception>
    ValueTask<string?> NewValueAsync(
        TenantKeySet keys,
        bool blindOnly,
        OldValue value,
        PersonVault vault,
        CancellationToken cancellation
    );
}

/// <summary>A value under an older key, with what it was made from.</summary>
/// <param name="Group">The channel, or the kind of profile value.</param>
/// <param name="Value">64 lowercase hex.</param>
/// <param name="Version">Of the index key.</param>
/// <param name="Kind">Of the identity.</param>
/// <param name="Id">Of the identity; the user's for a profile value.</param>
/// <param name="User">Who has it.</param>
/// <param name="SealedUnder">Whose key opens <paramref name="Sealed"/>.</param>
/// <param name="Sealed">The cell with the plain value; null if it is not kept.</param>
/// <param name="Done">There is one under the newest key already.</param>
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

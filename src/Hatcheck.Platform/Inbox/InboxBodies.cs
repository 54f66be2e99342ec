using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Tables;

namespace Hatcheck.Platform.Inbox;

/// <summary>
/// The sealed bodies of events: under the key of their day of receipt while the user is unknown, then under the user's.
/// </summary>
internal sealed class InboxBodies(PersonVaults vaults)
{
    /// <summary>The body's place while the user is unknown.</summary>
    public static CellPlace Arrived(Guid entry) => InboxRow.Sealed.At(KeyOwner.Day, entry);

    /// <summary>The body's place once the user is known.</summary>
    public static CellPlace Of(Guid user, Guid entry) => InboxRow.Sealed.At(KeyOwner.User(user), entry);

    /// <summary>Opens the body of an entry that is being processed.</summary>
    /// <exception cref="CannotOpenException">The key is destroyed, or is another one.</exception>
    public async Task<SecretBytes> OpenAsync(Claim claim, CancellationToken cancellation)
    {
        using var vault = vaults.Open(claim.Tenant);
        return await vault.OpenAsync(PlaceOf(claim.Entry, claim.Day, claim.User), claim.Body, cancellation);
    }

    /// <summary>Opens the body of a stored entry.</summary>
    /// <exception cref="CannotOpenException">The key is destroyed, or is another one.</exception>
    public async Task<SecretBytes> OpenAsync(InboxRow row, CancellationToken cancellation)
    {
        using var vault = vaults.Open(row.TenantId);
        return await OpenAsync(row, vault, cancellation);
    }

    /// <summary>Same, with a vault that has the user's keys.</summary>
    public static async Task<SecretBytes> OpenAsync(InboxRow row, PersonVault vault, CancellationToken cancellation) =>
        await vault.OpenAsync(PlaceOf(row.EntryId, row.Day, row.UserId), row.Body, cancellation);

    private static CellPlace PlaceOf(Guid entry, int? day, Guid? user) =>
        user is { } known ? Of(known, entry)
        : day is null ? throw new CannotOpenException()
        : Arrived(entry);
}

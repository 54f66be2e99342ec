using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Tables;

namespace Hatcheck.Platform.Inbox;

/// <summary>
/// The sealed bodies of events: under the key of the day on which they came while nobody knows whom they are about, under the
/// user's from then on.
/// </summary>
internal sealed class InboxBodies(PersonVaults vaults)
{
    /// <summary>The body's place while the user is unknown.</summary>
    public static CellPlace Arrived(Guid entry) => InboxRow.Sealed.At(KeyOwner.Day, entry);

    /// <summary>The body's place once the user is known.</summary>
    public static CellPlace Of(Guid user, Guid entry) => InboxRow.Sealed.At(KeyOwner.User(user), entry);

    /// <summary>The body of an entry that is being worked.</summary>
    /// <exception cref="CannotOpenException">The key is destroyed, or it is another one's.</exception>
    public async Task<SecretBytes> OpenAsync(Claim claim, CancellationToken cancellation)
    {
        using var vault = vaults.Open(claim.Tenant);
        return await vault.OpenAsync(PlaceOf(claim.Entry, claim.Day, claim.User), claim.Body, cancellation);
    }

    /// <summary>The body of an entry as it is kept.</summary>
    /// <exception cref="CannotOpenException">The key is destroyed, or it is another one's.</exception>
    public async Task<SecretBytes> OpenAsync(InboxRow row, CancellationToken cancellation)
    {
        using var vault = vaults.Open(row.TenantId);
        return await OpenAsync(row, vault, cancellation);
    }

    /// <summary>The same with a vault that has the user's keys.</summary>
    public static async Task<SecretBytes> OpenAsync(InboxRow row, PersonVault vault, CancellationToken cancellation) =>
        await vault.OpenAsync(PlaceOf(row.EntryId, row.Day, row.UserId), row.Body, cancellation);

    private static CellPlace PlaceOf(Guid entry, int? day, Guid? user) =>
        user is { } known ? Of(known, entry)
        : day is null ? throw new CannotOpenException()
        : Arrived(entry);
}

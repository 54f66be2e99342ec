using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;

namespace Hatcheck.Server.Platform.Inbox;

/// <summary>Opens the bodies of events, by whichever key seals them now.</summary>
internal sealed class InboxBodies(Database database, DayKeys dayKeys, UserKeys userKeys)
{
    public Task<SecretBytes> OpenAsync(Claim claim, CancellationToken cancellation) =>
        OpenAsync(claim.Tenant, claim.Entry, claim.Day, claim.User, claim.Body, cancellation);

    public Task<SecretBytes> OpenAsync(InboxRow row, CancellationToken cancellation) =>
        OpenAsync(row.TenantId, row.EntryId, row.Day, row.UserId, row.Body, cancellation);

    /// <summary>By the person's key once they are known, by the day's before.</summary>
    /// <exception cref="CannotOpenException">The key is destroyed, or it is another one's.</exception>
    private async Task<SecretBytes> OpenAsync(Guid tenant, Guid entry, int? day, Guid? user, byte[] cell, CancellationToken cancellation)
    {
        if (user is not { } person)
        {
            var key = day is { } known ? await dayKeys.FindAsync(tenant, known, cancellation) : null;
            return InboxBody.Open(key ?? throw new CannotOpenException(), tenant, entry, Guid.Empty, cell);
        }

        var wrapped = await database.QueryAsync(
            tenant,
            "select version, kek_id, wrapped from user_keys where tenant_id = $1 and user_id = $2 and purpose = 'data' and version = $3",
            [tenant, person, Cell.KeyVersion(cell)],
            row => new WrappedKey(person, row.Number("version"), row.Text("kek_id"), row.Bytes("wrapped")),
            cancellation);
        if (wrapped.Count == 0) throw new CannotOpenException();
        using var own = await userKeys.OpenAsync(tenant, KeyPurpose.Data, wrapped[0], cancellation);
        return InboxBody.Open(own, tenant, entry, person, cell);
    }
}

using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Platform.Keys;

/// <summary>
/// Index values that are written carry the key-set epoch that they were made under: made with keys that are no longer the tenant's, they
/// would be missed by every later look-up.
/// </summary>
internal static class KeyEpoch
{
    /// <summary>Whether the epoch is still the tenant's; it then stays so until the transaction ends.</summary>
    public static async Task<bool> HoldAsync(HatcheckDb db, Guid tenant, int epoch, CancellationToken cancellation)
    {
        // SQLite has one writer, which is this transaction.
        var epochs = db.Database.IsNpgsql()
            ? await db.Database.SqlQuery<int>($"select key_epoch as \"Value\" from tenants where tenant_id = {tenant} for share").ToListAsync(cancellation)
            : await db.Database.SqlQuery<int>($"select key_epoch as \"Value\" from tenants where tenant_id = {tenant}").ToListAsync(cancellation);
        return epochs is [var current] && current == epoch;
    }
}

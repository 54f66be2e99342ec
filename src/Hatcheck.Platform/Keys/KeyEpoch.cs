using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// The number of a tenant's key set. Code that writes index values holds it until the commit, so that a rotation comes
/// entirely before or after. Values hashed with an older set are refused, never stored where newer look-ups miss them.
/// </summary>
internal static class KeyEpoch
{
    /// <summary>
    /// True if <paramref name="epoch"/> is the tenant's current one, which then can't change until the transaction ends.
    /// </summary>
    public static async Task<bool> HoldAsync(HatcheckDb db, Guid tenant, int epoch, CancellationToken cancellation)
    {
        var epochs = await db.Statements.QueryAsync(
            "select key_epoch from tenants where tenant_id = $1 {for share}",
            [tenant],
            row => row.Number("key_epoch"),
            cancellation
        );
        return epochs is [var current] && current == epoch;
    }

    /// <summary>Waits for all holders, and blocks new ones until the transaction ends.</summary>
    public static Task LockAsync(HatcheckDb db, Guid tenant, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"update tenants set key_epoch = key_epoch where tenant_id = {tenant}", cancellation);

    /// <summary>Records that the key set has changed.</summary>
    public static Task AdvanceAsync(HatcheckDb db, Guid tenant, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"update tenants set key_epoch = key_epoch + 1 where tenant_id = {tenant}", cancellation);
}

using Hatcheck.Crypto;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// Exports the index key to a tenant's bot that hashes ids itself. The key lets its holder recover every id. So it is
/// exported once, and only after the audit entry is committed: an export that can't be recorded does not happen.
/// </summary>
internal sealed class IndexKeyExport(Database database, TenantKeys keys)
{
    /// <summary>
    /// Returns the newest live key as <c>hatcheck-index:VERSION:SCHEME:BASE64</c>; the caller disposes it. A rotated key
    /// has <c>nested</c> in place of the scheme: it hashes the older hash, not the id. A bot that used it on ids would
    /// create every user a second time.
    /// </summary>
    /// <exception cref="OperatorException">It was exported before, and <paramref name="again"/> is false.</exception>
    public async Task<SecretText> ExportAsync(Guid tenant, Actor actor, bool again, CancellationToken cancellation)
    {
        var epoch = await database.QueryAsync(
            tenant,
            "select key_epoch from tenants where tenant_id = $1",
            [tenant],
            row => row.Number("key_epoch"),
            cancellation
        );
        var set = await keys.GetAsync(tenant, epoch[0], cancellation);
        var key = set.Index[0];
        // Opened before it is recorded: a later failure would leave a record of an export that did not happen.
        using var bytes = key.CopyKey();
        var scheme = key.Version > 1 ? "nested" : $"{key.Scheme}";
        var line = new SecretText($"hatcheck-index:{key.Version}:{scheme}:{Convert.ToBase64String(bytes.Reveal())}");
        try
        {
            await database.WriteAsync(
                tenant,
                async (db, stop) =>
                {
                    // Locking the tenant's row serialises two exports, so that "once" holds.
                    await db.Database.ExecuteSqlAsync(
                        $"update tenants set key_epoch = key_epoch where tenant_id = {tenant}",
                        stop
                    );
                    if (!again && await AuditTrail.LastAsync(database, tenant, PlatformActs.IndexKeyExport, stop) is { } before)
                        throw new OperatorException(
                            $"This tenant's index key was exported at {before:u}. Use that copy; if it is lost, export it "
                                + "--again."
                        );
                    AuditTrail.Add(db, PlatformActs.IndexKeyExport, actor);
                    return true;
                },
                cancellation
            );
            return line;
        }
        catch
        {
            line.Dispose();
            throw;
        }
    }
}

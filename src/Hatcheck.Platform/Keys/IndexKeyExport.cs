using Hatcheck.Crypto;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// Gives a bot that hashes for itself its tenant's index key. Whoever has it can find out every id, so it is given once, and
/// only after the entry in the audit log is committed: an export that can't be recorded does not happen.
/// </summary>
internal sealed class IndexKeyExport(Database database, TenantKeys keys)
{
    /// <summary>
    /// The newest live key as <c>hatcheck-index:VERSION:SCHEME:BASE64</c>; the caller disposes it. A rotated one has
    /// <c>nested</c> in the scheme's place: it hashes the older hash and not the id, and who took it for a key of ids would
    /// make every person a second time.
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
        // Opened before it is recorded: a failure after the record would leave a trace of something that did not happen.
        using var bytes = key.CopyKey();
        var line = new SecretText(
            $"hatcheck-index:{key.Version}:{(key.Version > 1 ? "nested" : $"{key.Scheme}")}:{Convert.ToBase64String(bytes.Reveal())}"
        );
        try
        {
            await database.WriteAsync(
                tenant,
                async (db, stop) =>
                {
                    // The tenant's row makes two exports wait for each other, so that "once" holds.
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

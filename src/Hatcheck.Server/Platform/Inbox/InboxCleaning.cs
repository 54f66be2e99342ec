using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Platform.Inbox;

/// <summary>Forgets what is old: keys of past days, entries that no key opens any more, and hashes that no repeat can meet.</summary>
internal sealed class InboxCleaning(Database database, DayKeys dayKeys, IOptions<InboxOptions> options, TimeProvider time)
{
    /// <summary>Of one tenant. Any node may, at any time.</summary>
    public async Task RunAsync(Guid tenant, CancellationToken cancellation)
    {
        await dayKeys.DestroyAsync(tenant, cancellation);
        var now = time.Now();
        var oldest = now - options.Value.RememberFor;
        var firstDay = (int)(now - DateTimeOffset.UnixEpoch).TotalDays - DayKeys.LifeInDays;
        await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                await db.Set<InboxRow>().Where(row => row.Day < firstDay).ExecuteDeleteAsync(stop);
                await db.Set<InboxSeenRow>().Where(row => row.ReceivedAt < oldest).ExecuteDeleteAsync(stop);
                // Tombstones stay: an event may be new however late it comes, and they name nobody.
                return await db.Set<InboxSubjectRow>().Where(row => row.TouchedAt < oldest && row.State == InboxSubjectRow.Live).ExecuteDeleteAsync(stop);
            },
            cancellation);
    }
}

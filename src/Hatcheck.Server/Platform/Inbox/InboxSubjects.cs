using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Platform.Inbox;

/// <summary>How far a subject's events have got. The row is the lock under which one subject's events are worked one after the other.</summary>
internal static class InboxSubjects
{
    /// <summary>A subject as a keyed hash of its blind index: who has the index of an identity still can't find what became of it here.</summary>
    public static string Hash(TenantKeySet keys, string indexValue) => keys.Hash("inbox-subject", indexValue);

    /// <summary>The subject's row, made if absent and locked until the transaction ends.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="tenant">Whose subject it is.</param>
    /// <param name="hashes">The subject under every live key, newest first: an older row is used on.</param>
    /// <param name="now">When.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<InboxSubjectRow> LockAsync(HatcheckDb db, Guid tenant, IReadOnlyList<string> hashes, DateTimeOffset now, CancellationToken cancellation)
    {
        var known = await db.Set<InboxSubjectRow>().AsNoTracking().Where(row => hashes.Contains(row.SubjectHash)).Select(row => row.SubjectHash).FirstOrDefaultAsync(cancellation);
        var hash = known ?? hashes[0];
        object at = db.Database.IsNpgsql() ? now : Instants.ToMicroseconds(now);
        object beginning = db.Database.IsNpgsql() ? DateTimeOffset.UnixEpoch : 0L;
        if (known is null)
        {
            await db.Database.ExecuteSqlAsync(
                $"insert into inbox_subjects (tenant_id, subject_hash, state, event_at, events, touched_at) values ({tenant}, {hash}, 'live', {beginning}, 0, {at}) on conflict do nothing", cancellation);
        }

        await db.Set<InboxSubjectRow>().Where(row => row.SubjectHash == hash).ExecuteUpdateAsync(set => set.SetProperty(row => row.TouchedAt, now), cancellation);
        return await db.Set<InboxSubjectRow>().SingleAsync(row => row.SubjectHash == hash, cancellation);
    }
}

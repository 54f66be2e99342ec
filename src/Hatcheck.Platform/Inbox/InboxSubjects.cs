using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Platform.Inbox;

/// <summary>
/// The progress of each subject's events. A row is the lock under which one subject's events are processed in order. It is
/// named by a keyed hash of the subject, under a key that is never rotated: it outlives the user and every index key.
/// </summary>
internal static class InboxSubjects
{
    // Without `where true` SQLite parses `on conflict` as a join condition.
    private const string Lock =
        "insert into inbox_subjects (tenant_id, subject_hash, state, event_at, events, touched_at) "
        + "select $1, value, 'live', $3, 0, {now} from {each}($2) as value where true "
        + "on conflict (tenant_id, subject_hash) do update set touched_at = excluded.touched_at "
        + "returning subject_hash, state, event_at, events, touched_at, identity_id";

    /// <summary>Hashes a subject, to name its row and its events.</summary>
    public static string Hash(TenantKeySet keys, string issuer, string subject) => keys.Hash("inbox-subject", issuer, subject);

    /// <summary>
    /// Hashes the tombstone of a user who was erased before any of their events arrived: an erasure has only the index
    /// value.
    /// </summary>
    public static string Tombstone(TenantKeySet keys, string indexValue) => keys.Hash("inbox-tombstone", indexValue);

    /// <summary>Returns the rows of subjects, created if absent and locked until the transaction ends; tracked.</summary>
    public static async Task<Dictionary<string, InboxSubjectRow>> LockAsync(
        HatcheckDb db,
        Guid tenant,
        IEnumerable<string> hashes,
        CancellationToken cancellation
    )
    {
        // In the same order everywhere, so that two transactions with several subjects don't deadlock.
        var wanted = hashes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (wanted.Length == 0)
            return [];
        var rows = await db.Statements.QueryAsync(
            Lock,
            [tenant, wanted, DateTimeOffset.UnixEpoch],
            row => new InboxSubjectRow
            {
                TenantId = tenant,
                SubjectHash = row.Text("subject_hash"),
                State = row.Text("state"),
                EventAt = row.Instant("event_at"),
                Events = row.Number("events"),
                TouchedAt = row.Instant("touched_at"),
                IdentityId = row.GuidOrNull("identity_id"),
            },
            cancellation
        );
        db.AttachRange(rows);
        return rows.ToDictionary(row => row.SubjectHash, StringComparer.Ordinal);
    }

    /// <summary>Returns those of these tombstones that exist.</summary>
    public static async Task<HashSet<string>> ErasedAsync(
        HatcheckDb db,
        IReadOnlyCollection<string> tombstones,
        CancellationToken cancellation
    ) =>
        [
            .. await db.Set<InboxSubjectRow>()
                .Where(row => tombstones.Contains(row.SubjectHash) && row.State == InboxSubjectRow.Erased)
                .Select(row => row.SubjectHash)
                .ToListAsync(cancellation),
        ];

    /// <summary>
    /// Marks erased identities, so that no late or new event creates their users again. Discards their pending events.
    /// </summary>
    /// <param name="db">The erasure's transaction.</param>
    /// <param name="tenant">The identities' tenant.</param>
    /// <param name="identities">Each with the tombstone that it gets if no event of it has arrived yet.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public static async Task EraseAsync(
        HatcheckDb db,
        Guid tenant,
        IReadOnlyCollection<(Guid Id, string Tombstone)> identities,
        CancellationToken cancellation
    )
    {
        var ids = identities.Select(identity => identity.Id).Distinct().ToList();
        var rows = await db.Set<InboxSubjectRow>()
            .AsNoTracking()
            .Where(row => row.IdentityId != null && ids.Contains(row.IdentityId.Value))
            .ToListAsync(cancellation);
        var known = rows.ConvertAll(row => row.SubjectHash);
        var tombstones = identities
            .Where(identity => !rows.Exists(row => row.IdentityId == identity.Id))
            .Select(identity => identity.Tombstone);
        foreach (var row in (await LockAsync(db, tenant, [.. known, .. tombstones], cancellation)).Values)
        {
            if (row.State != InboxSubjectRow.Deleted)
                row.State = InboxSubjectRow.Erased;
            if (row.EventAt < db.Now)
                row.EventAt = db.Now;
            row.IdentityId = null;
        }

        await db.Set<InboxRow>().Where(row => known.Contains(row.SubjectHash)).ExecuteDeleteAsync(cancellation);
    }
}

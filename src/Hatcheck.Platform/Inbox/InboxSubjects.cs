using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Platform.Inbox;

/// <summary>
/// How far subjects' events have got. A row is the lock under which one subject's events are worked one after the other. It
/// is named by a keyed hash of the subject, under a key that is never rotated: it outlives the person and every key of the
/// index.
/// </summary>
internal static class InboxSubjects
{
    // `where true`: else SQLite takes `on conflict` for the condition of a join.
    private const string Lock =
        "insert into inbox_subjects (tenant_id, subject_hash, state, event_at, events, touched_at) "
        + "select $1, value, 'live', $3, 0, {now} from {each}($2) as value where true "
        + "on conflict (tenant_id, subject_hash) do update set touched_at = excluded.touched_at "
        + "returning subject_hash, state, event_at, events, touched_at, identity_id";

    /// <summary>The hash that a subject's row and its events are known by.</summary>
    public static string Hash(TenantKeySet keys, string issuer, string subject) => keys.Hash("inbox-subject", issuer, subject);

    /// <summary>
    /// The hash of the tombstone of somebody of whom no event had come before they were erased: an erasure knows only the
    /// index value.
    /// </summary>
    public static string Tombstone(TenantKeySet keys, string indexValue) => keys.Hash("inbox-tombstone", indexValue);

    /// <summary>The rows of subjects, made if absent and locked until the transaction ends; tracked.</summary>
    public static async Task<Dictionary<string, InboxSubjectRow>> LockAsync(
        HatcheckDb db,
        Guid tenant,
        IEnumerable<string> hashes,
        CancellationToken cancellation
    )
    {
        // In one order everywhere, so that two who take several don't wait for each other.
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

    /// <summary>Of these tombstones the ones that are there.</summary>
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
    /// Of erased identities: no event, however late or new, makes their persons anew. What of theirs still waits is thrown
    /// away.
    /// </summary>
    /// <param name="db">The erasure's transaction.</param>
    /// <param name="tenant">Whose they are.</param>
    /// <param name="identities">Each with the tombstone that it gets if no event of it has come yet.</param>
    /// <param name="cancellation">Ends the wait.</param>
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

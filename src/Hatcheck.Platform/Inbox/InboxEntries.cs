using System.Text;
using Hatcheck.Crypto;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Platform.Inbox;

/// <summary>An entry without personal data.</summary>
internal sealed record InboxEntry(
    Guid Id,
    string Endpoint,
    string Type,
    string State,
    int Attempts,
    string? Fault,
    DateTimeOffset ReceivedAt,
    DateTimeOffset EventAt,
    DateTimeOffset DueAt,
    Guid? UserId,
    string? Body = null
);

/// <summary>
/// The inbox as an operator sees it: pending entries and dead letters. Opening one needs a reason, which is recorded.
/// </summary>
internal sealed class InboxEntries(Database database, InboxBodies bodies, AuditTrail audit, InboxQueue queue)
{
    private const string NoSuchEntry =
        "The tenant's inbox has no such entry: it was processed, dropped, or never existed. `hatcheck inbox list` "
        + "shows the entries.";

    /// <summary>Lists entries, oldest first.</summary>
    public async Task<IReadOnlyList<InboxEntry>> ListAsync(
        Guid tenant,
        bool onlyDead,
        int most,
        CancellationToken cancellation
    ) =>
        [
            .. (
                await database.ReadAsync(
                    tenant,
                    (db, stop) =>
                        db.Set<InboxRow>()
                            .AsNoTracking()
                            .Where(row => !onlyDead || row.State == InboxRow.Dead)
                            .OrderBy(row => row.ReceivedAt)
                            .Take(most)
                            .ToListAsync(stop),
                    cancellation
                )
            ).Select(row => View(row)),
        ];

    /// <summary>Returns one entry; nothing is opened.</summary>
    public async Task<InboxEntry> FindAsync(Guid tenant, Guid entry, CancellationToken cancellation) =>
        View(await RowAsync(tenant, entry, cancellation));

    /// <summary>Returns one entry with its body. The access is recorded before it is returned.</summary>
    /// <exception cref="OperatorException">
    /// No such entry, the reason is too short, or the key of its day is destroyed.
    /// </exception>
    public async Task<InboxEntry> OpenAsync(Guid tenant, Guid entry, string reason, Actor actor, CancellationToken cancellation)
    {
        if (BoundedText.Accept(reason, 500) is not { Length: >= 10 } accepted)
            throw new OperatorException(
                "Give a reason of 10 to 500 characters that someone else will understand: --reason \"ticket 4711: …\"."
            );
        var row = await RowAsync(tenant, entry, cancellation);
        using var body = await OpenAsync(row, cancellation);
        await RecordAsync(row, PlatformActs.InboxShow, actor, accepted, cancellation);
        return View(row, Encoding.UTF8.GetString(body.Reveal()));
    }

    /// <summary>Resets an entry's tries; it is due now.</summary>
    public async Task ReplayAsync(Guid tenant, Guid entry, Actor actor, CancellationToken cancellation)
    {
        await ChangeAsync(
            tenant,
            entry,
            PlatformActs.InboxReplay,
            actor,
            (rows, now, stop) =>
                rows.ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(row => row.State, InboxRow.Pending)
                            .SetProperty(row => row.Attempts, 0)
                            .SetProperty(row => row.DueAt, now)
                            .SetProperty(row => row.LeaseId, (Guid?)null)
                            .SetProperty(row => row.LeaseUntil, (DateTimeOffset?)null),
                    stop
                ),
            cancellation
        );
        queue.Wake();
    }

    /// <summary>Discards an entry. The sender's repeats of it are still recognised.</summary>
    public Task DropAsync(Guid tenant, Guid entry, Actor actor, CancellationToken cancellation) =>
        ChangeAsync(tenant, entry, PlatformActs.InboxDrop, actor, (rows, _, stop) => rows.ExecuteDeleteAsync(stop), cancellation);

    private Task<bool> ChangeAsync(
        Guid tenant,
        Guid entry,
        Act act,
        Actor actor,
        Func<IQueryable<InboxRow>, DateTimeOffset, CancellationToken, Task<int>> change,
        CancellationToken cancellation
    ) =>
        database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                var user = await db.Set<InboxRow>()
                    .Where(row => row.EntryId == entry)
                    .Select(row => row.UserId)
                    .FirstOrDefaultAsync(stop);
                if (await change(db.Set<InboxRow>().Where(row => row.EntryId == entry), db.Now, stop) == 0)
                    throw new OperatorException(NoSuchEntry);
                AuditTrail.Add(db, act, actor, user, SubjectOf(entry));
                return true;
            },
            cancellation
        );

    private async Task<InboxRow> RowAsync(Guid tenant, Guid entry, CancellationToken cancellation) =>
        await database.ReadAsync(
            tenant,
            (db, stop) => db.Set<InboxRow>().AsNoTracking().FirstOrDefaultAsync(row => row.EntryId == entry, stop),
            cancellation
        ) ?? throw new OperatorException(NoSuchEntry);

    private Task<bool> RecordAsync(InboxRow row, Act act, Actor actor, string reason, CancellationToken cancellation) =>
        database.WriteAsync(
            row.TenantId,
            async (db, stop) =>
            {
                // Without a user there is no key for the reason; actor and time are recorded anyway.
                if (row.UserId is { } user)
                    await audit.AddAsync(db, row.TenantId, user, act, actor, reason, stop);
                else
                    AuditTrail.Add(db, act, actor, subject: SubjectOf(row.EntryId));
                return true;
            },
            cancellation
        );

    private async Task<SecretBytes> OpenAsync(InboxRow row, CancellationToken cancellation)
    {
        try
        {
            return await bodies.OpenAsync(row, cancellation);
        }
        catch (CannotOpenException)
        {
            throw new OperatorException(
                $"The entry can't be opened: the key of its day was destroyed after {DayKeys.LifeInDays} "
                    + "days, or it was altered. Drop it."
            );
        }
    }

    /// <summary>The entry: of a dropped one only the audit log remains.</summary>
    private static Subject SubjectOf(Guid entry) => Subject.Of("inbox", entry);

    private static InboxEntry View(InboxRow row, string? body = null) =>
        new(
            row.EntryId,
            row.Endpoint,
            row.EventType,
            row.State,
            row.Attempts,
            row.Fault,
            row.ReceivedAt,
            row.EventAt,
            row.DueAt,
            row.UserId,
            body
        );
}

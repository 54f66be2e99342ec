using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Privacy;

/// <summary>
/// Erases a user: every row of the declared tables and every version of every key, in one transaction. A tombstone stays,
/// a random id with a time, so that the id answers 410 and is never reused.
/// </summary>
internal sealed class Erasure(PersonChanges changes, Database database, PersonalData data)
{
    /// <summary>Erases at once, whether or not the user was deleted before. Returns the user's id.</summary>
    public async Task<Outcome<Guid>> EraseAsync(ChangeTerms terms, CancellationToken cancellation)
    {
        var erased = await changes.RunAsync<Guid>(
            terms with
            {
                WithDeleted = true,
            },
            async (change, stop) =>
            {
                await EraseAsync(change.Db, change.User, stop);
                change.Record(PrivacyActs.Erase);
                return change.User;
            },
            cancellation
        );
        if (erased.Refusal is null)
            await ScrubAsync(Compaction.IfSmall);
        return erased;
    }

    /// <summary>
    /// Erases a user who was deleted at least this long ago. False, with no change, if the user was restored, merged or
    /// erased since.
    /// </summary>
    public async Task<bool> PurgeAsync(
        JobRun run,
        Guid tenant,
        Guid user,
        TimeSpan grace,
        Actor actor,
        CancellationToken cancellation
    )
    {
        var erased = await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                await run.HoldAsync(db, stop);
                if (!await UserRows.LockKeptAsync(db, user, stop))
                    return false;
                var row = db.Set<User>().Where(row => row.UserId == user);
                var deleted = await row.Select(locked => locked.DeletedAt).SingleAsync(stop);
                if (deleted is not { } since || since > db.Now - grace)
                    return false;
                await EraseAsync(db, user, stop);
                AuditTrail.Add(db, PrivacyActs.Purge, actor, user);
                return true;
            },
            cancellation
        );
        if (erased)
            await ScrubAsync(Compaction.Later);
        return erased;
    }

    // The user's row is locked: a concurrent link or append no longer finds the user.
    private async Task EraseAsync(HatcheckDb db, Guid person, CancellationToken cancellation)
    {
        var now = db.Now;
        var users = await db.Set<User>()
            .Where(user => user.UserId == person || user.MergedInto == person)
            .Select(user => user.UserId)
            .ToListAsync(cancellation);
        // Write the tombstones before any deletion: this locks the rows of all merged users, so that no append to one of
        // them slips in.
        await db.Set<User>()
            .Where(user => users.Contains(user.UserId))
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.ErasedAt, user => user.ErasedAt ?? now), cancellation);
        await OutboxEvents.AddLastAsync(db, PrivacyEvents.Erased, users, cancellation);
        await data.EraseAsync(db, new PersonScope(db.Tenant, users, []), cancellation);
        await db.Engine.OweCompactionAsync(db, cancellation);
    }

    // The rows are gone for good: a cancellation now must not prevent cleaning the file.
    private Task ScrubAsync(Compaction compaction) => database.ScrubAsync(compaction, CancellationToken.None);
}

using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Outbox;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;
using Hatcheck.Server.Users;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Privacy;

internal abstract record EraseResult
{
    internal sealed record Erased : EraseResult;

    /// <summary>Erased or merged since the look-up: nothing was done.</summary>
    internal sealed record Gone : EraseResult;

    /// <summary>Another version than the precondition's: nothing was done.</summary>
    internal sealed record Changed : EraseResult;
}

/// <summary>
/// Erases a person: every row of the declared tables and every version of every key, in one transaction. What is left is a
/// tombstone, a random id with a time, so that the id answers 410 and never names somebody else.
/// </summary>
internal sealed class Erasure(Database database, PersonalData data)
{
    /// <summary>At once, whether the person was deleted before or not.</summary>
    public Task<EraseResult> EraseAsync(Caller caller, PersonLookup.Found person, Precondition match, CancellationToken cancellation) =>
        EraseAsync(caller.Tenant, person.User, PrivacyActs.Erase, caller.Actor, (user, _) => match.Allows(user.Version) ? null : new EraseResult.Changed(), Compaction.IfSmall, cancellation);

    /// <summary>Of somebody who was deleted so long ago or longer, and was neither restored nor erased since.</summary>
    public Task<EraseResult> PurgeAsync(Guid tenant, Guid user, TimeSpan grace, Actor actor, CancellationToken cancellation) =>
        EraseAsync(tenant, user, PrivacyActs.Purge, actor, (row, now) => row.DeletedAt <= now - grace ? null : new EraseResult.Gone(), Compaction.Later, cancellation);

    private async Task<EraseResult> EraseAsync(
        Guid tenant, Guid person, Act act, Actor actor, Func<User, DateTimeOffset, EraseResult?> refuse, Compaction compaction, CancellationToken cancellation)
    {
        var result = await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                // Locked first: whoever is about to link or append then finds nobody to add it to.
                if (!await Linking.LockKeptAsync(db, tenant, person, stop)) return new EraseResult.Gone();
                if (refuse(await db.Set<User>().AsNoTracking().SingleAsync(user => user.UserId == person, stop), db.Now) is { } refusal) return refusal;
                var users = await db.Set<User>().Where(user => user.UserId == person || user.MergedInto == person).Select(user => user.UserId).ToListAsync(stop);
                // The tombstones next, before anything is deleted: they hold the rows of all who were merged, so that no append to one of them slips in behind.
                var now = db.Now;
                await db.Set<User>().Where(user => users.Contains(user.UserId))
                    .ExecuteUpdateAsync(set => set.SetProperty(user => user.ErasedAt, user => user.ErasedAt ?? now), stop);
                await OutboxEvents.AddLastAsync(db, PrivacyEvents.Erased, users, stop);
                await data.EraseAsync(db, new PersonScope(tenant, users, []), stop);
                await db.Engine.OweCompactionAsync(db, stop);
                AuditTrail.Add(db, act, actor, person);
                return new EraseResult.Erased();
            },
            cancellation);
        if (result is not EraseResult.Erased) return result;
        // The rows are gone for good: a caller who hangs up now must not keep the file from being cleaned.
        await database.ScrubAsync(compaction, CancellationToken.None);
        return result;
    }
}

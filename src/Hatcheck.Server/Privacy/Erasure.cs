using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Privacy;

internal abstract record EraseResult
{
    internal sealed record Erased : EraseResult;

    /// <summary>Erased or merged since the look-up: nothing was done.</summary>
    internal sealed record Gone : EraseResult;
}

/// <summary>
/// Erases a person: every row of the data inventory and every version of every key, in one transaction. What is left is a tombstone, a
/// random id with a time, so that the id answers 410 and never names somebody else.
/// </summary>
internal sealed class Erasure(Database database, IEnumerable<IPersonalData> inventory, TimeProvider time)
{
    public async Task<EraseResult> EraseAsync(Caller caller, PersonLookup.Found person, CancellationToken cancellation)
    {
        var erased = await database.WriteAsync(
            caller.Tenant,
            async (db, stop) =>
            {
                // Locked first: whoever is about to link or append then finds nobody to add it to.
                if (!await Linking.LockAsync(db, caller.Tenant, person.User, stop)) return false;
                var users = await db.Set<User>().Where(user => user.UserId == person.User || user.MergedInto == person.User).Select(user => user.UserId).ToListAsync(stop);
                // The tombstones next, before anything is deleted: they hold the rows of all who were merged, so that no append to one of them slips in behind.
                var now = time.Now();
                await db.Set<User>().Where(user => users.Contains(user.UserId))
                    .ExecuteUpdateAsync(set => set.SetProperty(user => user.ErasedAt, user => user.ErasedAt ?? now), stop);
                var scope = new PersonScope(caller.Tenant, users, []);
                foreach (var kind in inventory) await kind.EraseAsync(db, scope, stop);
                await db.Set<UserKeyRow>().Where(key => users.Contains(key.UserId)).ExecuteDeleteAsync(stop);
                db.Add(new AuditEntry { TenantId = caller.Tenant, EntryId = Guid.NewGuid(), At = now, Act = "user.erase", Actor = caller.Actor, UserId = person.User });
                return true;
            },
            cancellation);
        if (!erased) return new EraseResult.Gone();
        // The rows are gone for good: a caller who hangs up now must not keep the file from being cleaned.
        await database.ScrubAsync(CancellationToken.None);
        return new EraseResult.Erased();
    }
}

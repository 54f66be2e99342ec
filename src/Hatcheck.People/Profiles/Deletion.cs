using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Hatcheck.People.Profiles;

/// <summary>
/// Deletes a user reversibly. All data stays, sealed as before; only restore, disclosure and erasure still work. E-mail
/// address and identities stay taken, so that a restore is complete.
/// </summary>
internal sealed class Deletion(PersonChanges changes, PersonalData data, IOptions<ProfileOptions> options)
{
    /// <summary>Deletes an active user and returns the user's id.</summary>
    public Task<Outcome<Guid>> DeleteAsync(ChangeTerms terms, CancellationToken cancellation) =>
        changes.RunAsync<Guid>(
            terms,
            async (change, stop) =>
            {
                await ApplyAsync(change.Db, change.Tenant, [(change.User, change.Actor)], stop);
                return change.User;
            },
            cancellation
        );

    /// <summary>Same, for several users, each with an actor, within a transaction that locks their rows.</summary>
    public async Task ApplyAsync(
        HatcheckDb db,
        Guid tenant,
        IReadOnlyList<(Guid User, Actor Actor)> people,
        CancellationToken cancellation
    )
    {
        if (people.Count == 0)
            return;
        var users = people.Select(person => person.User).ToList();
        DateTimeOffset? now = db.Now;
        await db.Set<User>()
            .Where(row => users.Contains(row.UserId))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.DeletedAt, now), cancellation);
        await UserRows.TouchAsync(db, users, db.Now, cancellation);
        await db.Set<LinkCode>().Where(code => users.Contains(code.UserId)).ExecuteDeleteAsync(cancellation);
        foreach (var by in people.GroupBy(person => person.Actor, person => person.User))
        {
            var deleted = by.ToList();
            var whole = await db.Set<User>()
                .Where(row => deleted.Contains(row.UserId) || deleted.Contains(row.MergedInto!.Value))
                .Select(row => row.UserId)
                .ToListAsync(cancellation);
            await data.EndAsync(db, new PersonScope(tenant, whole, []), by.Key, cancellation);
        }

        foreach (var (user, actor) in people)
            AuditTrail.Add(db, ProfileActs.Delete, actor, user);
        foreach (var (user, _) in people)
            OutboxEvents.Add(db, ProfileEvents.Deleted, user);
    }

    /// <summary>
    /// Restores a user and returns the user's id; one who is not deleted stays unchanged. Possible within
    /// <see cref="ProfileOptions.GracePeriod"/>, regardless of when the purge runs.
    /// </summary>
    public Task<Outcome<Guid>> RestoreAsync(ChangeTerms terms, CancellationToken cancellation) =>
        changes.RunAsync<Guid>(
            terms with
            {
                WithDeleted = true,
            },
            async (change, stop) =>
            {
                var row = change.Db.Set<User>().Where(row => row.UserId == change.User);
                if (await row.Select(user => user.DeletedAt).SingleAsync(stop) is not { } deleted)
                    return change.User;
                if (deleted + options.Value.GracePeriod <= change.Now)
                    return new ProfileRefusal.TooLate();
                await row.ExecuteUpdateAsync(set => set.SetProperty(user => user.DeletedAt, (DateTimeOffset?)null), stop);
                change.Record(ProfileActs.Restore);
                OutboxEvents.Add(change.Db, ProfileEvents.Restored, change.User);
                change.Touch();
                return change.User;
            },
            cancellation
        );
}

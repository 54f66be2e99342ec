using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Outbox;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;
using Hatcheck.Server.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Profiles;

internal abstract record DeleteResult
{
    internal sealed record Deleted : DeleteResult;

    /// <summary>Another version than the precondition's.</summary>
    internal sealed record Changed : DeleteResult;

    /// <summary>Erased, deleted or merged since the look-up.</summary>
    internal sealed record Gone : DeleteResult;
}

internal abstract record RestoreResult
{
    /// <summary>Back, or never away.</summary>
    internal sealed record Restored : RestoreResult;

    internal sealed record TooLate : RestoreResult;

    /// <summary>Erased or merged since the look-up.</summary>
    internal sealed record Gone : RestoreResult;
}

/// <summary>
/// Deletes a person so that it can be undone: everything is kept, sealed as before, and nothing answers but restoring, disclosing and
/// erasing. E-mail address and identities stay taken, so that a restored person is whole.
/// </summary>
internal sealed class Deleting(Database database, PersonalData data, IOptions<ProfileOptions> options)
{
    public Task<DeleteResult> DeleteAsync(Guid tenant, Guid user, Precondition match, Actor actor, CancellationToken cancellation) =>
        database.WriteAsync<DeleteResult>(
            tenant,
            async (db, stop) =>
            {
                if (!await Linking.LockAsync(db, tenant, user, stop)) return new DeleteResult.Gone();
                if (!match.Allows((await RowAsync(db, user, stop)).Version)) return new DeleteResult.Changed();
                await ApplyAsync(db, tenant, [(user, actor)], stop);
                return new DeleteResult.Deleted();
            },
            cancellation);

    /// <summary>The same of users, and who deletes each, within a transaction that holds their rows.</summary>
    public async Task ApplyAsync(HatcheckDb db, Guid tenant, IReadOnlyList<(Guid User, Actor Actor)> people, CancellationToken cancellation)
    {
        if (people.Count == 0) return;
        var users = people.Select(person => person.User).ToList();
        await SetAsync(db, users, db.Now, cancellation);
        await db.Set<LinkCode>().Where(code => users.Contains(code.UserId)).ExecuteDeleteAsync(cancellation);
        foreach (var by in people.GroupBy(person => person.Actor, person => person.User))
        {
            var deleted = by.ToList();
            var whole = await db.Set<User>().Where(row => deleted.Contains(row.UserId) || deleted.Contains(row.MergedInto!.Value)).Select(row => row.UserId).ToListAsync(cancellation);
            await data.EndAsync(db, new PersonScope(tenant, whole, []), by.Key, cancellation);
        }

        foreach (var (user, actor) in people) AuditTrail.Add(db, ProfileActs.Delete, actor, user);
        foreach (var (user, _) in people) OutboxEvents.Add(db, ProfileEvents.Deleted, user);
    }

    /// <summary>While <see cref="ProfileOptions.GracePeriod"/> lasts, whether the purge has come round or not.</summary>
    public Task<RestoreResult> RestoreAsync(Guid tenant, Guid user, Actor actor, CancellationToken cancellation) =>
        database.WriteAsync<RestoreResult>(
            tenant,
            async (db, stop) =>
            {
                if (!await Linking.LockKeptAsync(db, tenant, user, stop)) return new RestoreResult.Gone();
                if ((await RowAsync(db, user, stop)).DeletedAt is not { } deleted) return new RestoreResult.Restored();
                if (deleted + options.Value.GracePeriod <= db.Now) return new RestoreResult.TooLate();
                await SetAsync(db, [user], null, stop);
                AuditTrail.Add(db, ProfileActs.Restore, actor, user);
                OutboxEvents.Add(db, ProfileEvents.Restored, user);
                return new RestoreResult.Restored();
            },
            cancellation);

    private static Task<User> RowAsync(HatcheckDb db, Guid user, CancellationToken cancellation) =>
        db.Set<User>().AsNoTracking().SingleAsync(row => row.UserId == user, cancellation);

    private static async Task SetAsync(HatcheckDb db, List<Guid> users, DateTimeOffset? deletedAt, CancellationToken cancellation)
    {
        await db.Set<User>().Where(row => users.Contains(row.UserId)).ExecuteUpdateAsync(set => set.SetProperty(row => row.DeletedAt, deletedAt), cancellation);
        await Linking.TouchAsync(db, users, db.Now, cancellation);
    }
}

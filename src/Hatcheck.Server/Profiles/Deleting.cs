using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Storage;
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
internal sealed class Deleting(Database database, IEnumerable<IPersonalData> inventory, AuditTrail audit, IOptions<ProfileOptions> options, TimeProvider time)
{
    public Task<DeleteResult> DeleteAsync(Guid tenant, Guid user, Precondition match, string actor, CancellationToken cancellation) =>
        database.WriteAsync<DeleteResult>(
            tenant,
            async (db, stop) =>
            {
                if (!await Linking.LockAsync(db, tenant, user, stop)) return new DeleteResult.Gone();
                if (!match.Allows((await RowAsync(db, user, stop)).Version)) return new DeleteResult.Changed();
                await SetAsync(db, user, time.Now(), stop);
                await db.Set<LinkCode>().Where(code => code.UserId == user).ExecuteDeleteAsync(stop);
                var users = await db.Set<User>().Where(row => row.UserId == user || row.MergedInto == user).Select(row => row.UserId).ToListAsync(stop);
                foreach (var kind in inventory) await kind.EndAsync(db, new PersonScope(tenant, users, []), actor, stop);
                await audit.AddAsync(db, tenant, user, "user.delete", actor, null, stop);
                return new DeleteResult.Deleted();
            },
            cancellation);

    /// <summary>While <see cref="ProfileOptions.GracePeriod"/> lasts, whether the purge has come round or not.</summary>
    public Task<RestoreResult> RestoreAsync(Guid tenant, Guid user, string actor, CancellationToken cancellation) =>
        database.WriteAsync<RestoreResult>(
            tenant,
            async (db, stop) =>
            {
                if (!await Linking.LockKeptAsync(db, tenant, user, stop)) return new RestoreResult.Gone();
                if ((await RowAsync(db, user, stop)).DeletedAt is not { } deleted) return new RestoreResult.Restored();
                if (deleted + options.Value.GracePeriod <= time.GetUtcNow()) return new RestoreResult.TooLate();
                await SetAsync(db, user, null, stop);
                await audit.AddAsync(db, tenant, user, "user.restore", actor, null, stop);
                return new RestoreResult.Restored();
            },
            cancellation);

    private static Task<User> RowAsync(HatcheckDb db, Guid user, CancellationToken cancellation) =>
        db.Set<User>().AsNoTracking().SingleAsync(row => row.UserId == user, cancellation);

    private async Task SetAsync(HatcheckDb db, Guid user, DateTimeOffset? deletedAt, CancellationToken cancellation)
    {
        await db.Set<User>().Where(row => row.UserId == user).ExecuteUpdateAsync(set => set.SetProperty(row => row.DeletedAt, deletedAt), cancellation);
        await Linking.TouchAsync(db, user, time.Now(), cancellation);
    }
}

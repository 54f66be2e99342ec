using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Profiles;

internal abstract record EditResult
{
    /// <summary>Done, or nothing to do.</summary>
    internal sealed record Edited : EditResult;

    /// <summary>The profile that would come of it is not acceptable.</summary>
    internal sealed record Refused(Problem Problem) : EditResult;

    internal sealed record EmailTaken : EditResult;

    /// <summary>Another version than the precondition's.</summary>
    internal sealed record Changed : EditResult;

    /// <summary>The tenant's keys have changed since the caller was authenticated.</summary>
    internal sealed record Stale : EditResult;

    /// <summary>Erased, deleted or merged since the look-up.</summary>
    internal sealed record Gone : EditResult;
}

/// <summary>
/// Changes a profile. The user's row is locked while the change is worked out, so that of two clients with the same entity tag one wins,
/// on any number of nodes; the unique index on e-mail addresses decides between two users who want the same.
/// </summary>
internal sealed class Editing(Database database, UserKeys userKeys, TenantKeys tenantKeys, AuditTrail audit, TimeProvider time)
{
    private const int Attempts = 3;

    /// <summary>One transaction; nothing is stored, and the entity tag stays, where the change changes nothing.</summary>
    /// <param name="caller">Whose user it is.</param>
    /// <param name="person">The user.</param>
    /// <param name="match">The version that is to be changed.</param>
    /// <param name="change">The new profile for the present one, or the problem with it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<EditResult> EditAsync(
        Caller caller, PersonLookup.Found person, Precondition match, Func<Profile, (Problem? Problem, Profile Profile)> change, CancellationToken cancellation)
    {
        var keys = await tenantKeys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        using var key = await userKeys.OpenAsync(caller.Tenant, KeyPurpose.Data, person.Key, cancellation);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.WriteAsync(caller.Tenant, (db, stop) => EditAsync(db, caller, person.User, keys, key, match, change, stop), cancellation);
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.Classify(fault) == StorageFault.Duplicate)
            {
                // The same address at the same moment: look again who has it.
            }
        }
    }

    /// <summary>Whether somebody else has one of these e-mail addresses.</summary>
    public static Task<bool> IsTakenAsync(HatcheckDb db, List<ProfileValue> values, CancellationToken cancellation)
    {
        var emails = values.FindAll(value => value.Kind == ProfileIndex.Email);
        if (emails.Count == 0) return Task.FromResult(false);
        var (indexes, user) = (emails.ConvertAll(value => value.IndexValue), emails[0].UserId);
        return db.Set<ProfileValue>().AnyAsync(value => value.Kind == ProfileIndex.Email && indexes.Contains(value.IndexValue) && value.UserId != user, cancellation);
    }

    /// <summary>The same within a transaction that holds the user's row and the tenant's key epoch.</summary>
    public async Task<EditResult> ApplyAsync(
        HatcheckDb db, Guid tenant, Guid user, string actor, TenantKeySet keys, DataKey key, Func<Profile, (Problem? Problem, Profile Profile)> change, CancellationToken cancellation)
    {
        var row = await db.Set<ProfileRow>().FirstOrDefaultAsync(profile => profile.UserId == user, cancellation);
        var before = row is null ? Profile.Empty : Profile.Open(key, tenant, user, row.Profile);
        var (problem, after) = change(before);
        if (problem is not null) return new EditResult.Refused(problem);
        var changed = Profile.Differences(before, after).ToList();
        if (changed.Count == 0) return new EditResult.Edited();

        var kinds = new[] { ProfileIndex.Email, ProfileIndex.Phone }.Where(kind => ProfileIndex.ValueOf(before, kind) != ProfileIndex.ValueOf(after, kind)).ToList();
        var values = ProfileIndex.Rows(keys, tenant, user, after).Where(value => kinds.Contains(value.Kind)).ToList();
        if (await IsTakenAsync(db, values, cancellation)) return new EditResult.EmailTaken();
        if (kinds.Count > 0) await db.Set<ProfileValue>().Where(value => value.UserId == user && kinds.Contains(value.Kind)).ExecuteDeleteAsync(cancellation);
        db.AddRange(values);
        var cell = after.Seal(key, tenant, user);
        if (row is null) db.Add(new ProfileRow { TenantId = tenant, UserId = user, Profile = cell });
        else row.Profile = cell;
        await Linking.TouchAsync(db, user, time.Now(), cancellation);
        await audit.AddAsync(db, tenant, user, "user.update", actor, string.Join(' ', changed), cancellation);
        return new EditResult.Edited();
    }

    private async Task<EditResult> EditAsync(
        HatcheckDb db, Caller caller, Guid user, TenantKeySet keys, DataKey key, Precondition match, Func<Profile, (Problem? Problem, Profile Profile)> change, CancellationToken cancellation)
    {
        var tenant = caller.Tenant;
        if (!await Linking.LockAsync(db, tenant, user, cancellation)) return new EditResult.Gone();
        if (!match.Allows(await db.Set<User>().Where(row => row.UserId == user).Select(row => row.Version).SingleAsync(cancellation))) return new EditResult.Changed();
        if (!await KeyEpoch.HoldAsync(db, tenant, caller.KeyEpoch, cancellation)) return new EditResult.Stale();
        return await ApplyAsync(db, tenant, user, caller.Actor, keys, key, change, cancellation);
    }
}

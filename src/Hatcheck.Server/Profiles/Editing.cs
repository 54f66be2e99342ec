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
internal sealed class Editing(Database database, TenantKeys tenantKeys, PersonVaults vaults, HeldProfiles profiles)
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
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.WriteAsync(caller.Tenant, (db, stop) => EditAsync(db, caller, person.User, keys, match, change, stop), cancellation);
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.Classify(fault) == StorageFault.Duplicate)
            {
                // The same address at the same moment: look again who has it.
            }
        }
    }

    private async Task<EditResult> EditAsync(
        HatcheckDb db, Caller caller, Guid user, TenantKeySet keys, Precondition match, Func<Profile, (Problem? Problem, Profile Profile)> change, CancellationToken cancellation)
    {
        var tenant = caller.Tenant;
        if (!await UserRows.LockAsync(db, user, cancellation)) return new EditResult.Gone();
        if (!match.Allows(await db.Set<User>().Where(row => row.UserId == user).Select(row => row.Version).SingleAsync(cancellation))) return new EditResult.Changed();
        if (!await KeyEpoch.HoldAsync(db, tenant, caller.KeyEpoch, cancellation)) return new EditResult.Stale();
        using var vault = vaults.In(db);
        var held = (await HeldProfiles.ReadAsync(db, vault, [user], cancellation))[user];
        var (problem, after) = change(held.Profile);
        if (problem is not null) return new EditResult.Refused(problem);
        var edit = new ProfileEdit(held, after, ProfileIndex.Changed(keys, tenant, user, held.Profile, after), caller.Actor);
        if ((await HeldProfiles.TakenAsync(db, edit.Values, cancellation)).Count > 0) return new EditResult.EmailTaken();
        await profiles.WriteAsync(db, vault, [edit], cancellation);
        return new EditResult.Edited();
    }
}

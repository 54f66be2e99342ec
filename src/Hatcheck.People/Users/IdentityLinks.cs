using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Users;

/// <summary>An identity that is linked to the user.</summary>
/// <param name="Identity">The identity.</param>
/// <param name="New">False if it was linked before.</param>
internal sealed record LinkedIdentity(IdentityResponse Identity, bool New);

/// <summary>Links messenger identities to users, and unlinks them.</summary>
internal sealed class IdentityLinks(PersonChanges changes)
{
    /// <summary>Links an identity; returns one that the user already has unchanged.</summary>
    public Task<Outcome<LinkedIdentity>> LinkAsync(Caller caller, Guid user, IdentityName name, CancellationToken cancellation) =>
        changes.RunAsync<LinkedIdentity>(
            ChangeTerms.Of(caller, user) with
            {
                KeyEpoch = caller.KeyEpoch,
            },
            async (change, stop) =>
            {
                var db = change.Db;
                var values = name.Values.Select(value => value.Value).ToList();
                var present = await db.Set<Identity>()
                    .AsNoTracking()
                    .FirstOrDefaultAsync(
                        identity => identity.Channel == name.Channel.Name && values.Contains(identity.IndexValue),
                        stop
                    );
                if (present is not null && present.UserId != change.User)
                    return new UserRefusal.IdentityTaken();
                if (present is not null)
                    return new LinkedIdentity(View(present), New: false);
                var rows = await name.RowsAsync(change.Vault, change.User, change.Now, stop);
                db.AddRange(rows);
                change.Record(UserActs.Link, Subject.Of("identity", rows[0].IdentityId));
                change.Touch();
                return new LinkedIdentity(View(rows[0]), New: true);
            },
            cancellation
        );

    /// <summary>
    /// Removes an identity in all its key versions; a user keeps at least one. Returns the identity's id.
    /// </summary>
    public Task<Outcome<Guid>> UnlinkAsync(Caller caller, Guid user, Guid identity, CancellationToken cancellation) =>
        changes.RunAsync<Guid>(
            ChangeTerms.Of(caller, user),
            async (change, stop) =>
            {
                // The user's row is locked: two requests at once cannot remove the last two identities.
                var all = change.Db.Set<Identity>().Where(row => row.UserId == change.User);
                var ids = await all.Select(row => row.IdentityId).ToListAsync(stop);
                if (!ids.Contains(identity))
                    return new UserRefusal.NoSuchIdentity();
                if (ids.TrueForAll(id => id == identity))
                    return new UserRefusal.LastIdentity();
                // Not row by row: a concurrent retirement of a key version may delete some first.
                await all.Where(row => row.IdentityId == identity).ExecuteDeleteAsync(stop);
                change.Record(UserActs.Unlink, Subject.Of("identity", identity));
                change.Touch();
                return identity;
            },
            cancellation
        );

    private static IdentityResponse View(Identity row) =>
        new(row.IdentityId, row.Channel, row.Kind, row.SealedId is null, row.LinkedAt);
}

using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Users;

internal abstract record LinkResult
{
    internal sealed record Linked(IdentityResponse Identity, bool New) : LinkResult;

    internal sealed record Taken : LinkResult;

    internal sealed record Stale : LinkResult;

    /// <summary>Erased or merged since the look-up.</summary>
    internal sealed record Gone : LinkResult;
}

internal abstract record UnlinkResult
{
    internal sealed record Unlinked : UnlinkResult;

    internal sealed record NotFound : UnlinkResult;

    internal sealed record Last : UnlinkResult;

    /// <summary>Erased or merged since the look-up.</summary>
    internal sealed record Gone : UnlinkResult;
}

/// <summary>Adds and removes messenger identities of a person.</summary>
internal sealed class Linking(Database database, PersonVaults vaults, TimeProvider time)
{
    private const int Attempts = 3;

    /// <summary>Links an identity; one that is the person's already is given back as it is.</summary>
    public async Task<LinkResult> LinkAsync(Caller caller, PersonLookup.Found person, IdentityName name, CancellationToken cancellation)
    {
        using var vault = vaults.Open(caller.Tenant, person.Keys);
        var now = time.Now();
        var rows = await Resolver.IdentitiesAsync(vault, person.User, name, now, cancellation);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.WriteAsync(caller.Tenant, (db, stop) => AddAsync(db, caller, person.User, name, rows, now, stop), cancellation);
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.Classify(fault) == StorageFault.Duplicate)
            {
                // Linked or resolved by somebody else at the same moment: look again whose it is.
            }
        }
    }

    private static async Task<LinkResult> AddAsync(
        HatcheckDb db, Caller caller, Guid user, IdentityName name, List<Identity> rows, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!await UserRows.LockAsync(db, user, cancellation)) return new LinkResult.Gone();
        if (!await KeyEpoch.HoldAsync(db, caller.Tenant, caller.KeyEpoch, cancellation)) return new LinkResult.Stale();
        var values = name.Values.Select(value => value.Value).ToList();
        var present = await db.Set<Identity>().AsNoTracking()
            .FirstOrDefaultAsync(identity => identity.Channel == name.Channel.Name && values.Contains(identity.IndexValue), cancellation);
        if (present is not null) return present.UserId == user ? new LinkResult.Linked(View(present), New: false) : new LinkResult.Taken();
        db.AddRange(rows);
        AuditTrail.Add(db, UserActs.Link, caller.Actor, user, Subject.Of("identity", rows[0].IdentityId));
        await UserRows.TouchAsync(db, [user], now, cancellation);
        return new LinkResult.Linked(View(rows[0]), New: true);
    }

    /// <summary>Removes an identity, all its key versions; a person keeps at least one.</summary>
    public Task<UnlinkResult> UnlinkAsync(Caller caller, Guid user, Guid identity, CancellationToken cancellation) =>
        database.WriteAsync<UnlinkResult>(
            caller.Tenant,
            async (db, stop) =>
            {
                // Two at once must not each leave the other's identity as the last.
                if (!await UserRows.LockAsync(db, user, stop)) return new UnlinkResult.Gone();
                var rows = await db.Set<Identity>().AsNoTracking().Where(row => row.UserId == user).ToListAsync(stop);
                var mine = rows.FindAll(row => row.IdentityId == identity);
                if (mine.Count == 0) return new UnlinkResult.NotFound();
                if (mine.Count == rows.Count) return new UnlinkResult.Last();
                // Not row by row: a key version retired at this moment takes some of them first.
                await db.Set<Identity>().Where(row => row.UserId == user && row.IdentityId == identity).ExecuteDeleteAsync(stop);
                var now = time.Now();
                AuditTrail.Add(db, UserActs.Unlink, caller.Actor, user, Subject.Of("identity", identity));
                await UserRows.TouchAsync(db, [user], now, stop);
                return new UnlinkResult.Unlinked();
            },
            cancellation);

    private static IdentityResponse View(Identity row) => new(row.IdentityId, row.Channel, row.Kind, row.SealedId is null, row.LinkedAt);
}

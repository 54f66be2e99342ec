using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Users.Rotation;

/// <summary>A rotation as it stands after its first step.</summary>
/// <param name="Version">The newest version, to which everything is rehashed.</param>
/// <param name="Older">The live version before it; null if there is none.</param>
/// <param name="Began">False where it was under way already.</param>
internal sealed record BegunRotation(int Version, int? Older, bool Began);

/// <summary>
/// The two turning points of a tenant's blind-index key, each one transaction: a new version comes to life, and an old one
/// dies. Between them every write puts rows under both, and <see cref="Rehashing"/> brings up what was there before.
/// </summary>
internal sealed class IndexRotation(Database database, TenantKeys keys, IEnumerable<IRehashed> tables)
{
    /// <summary>Makes the next version, unless a rotation is under way: that one is gone on with.</summary>
    public Task<BegunRotation> BeginAsync(Guid tenant, Actor actor, CancellationToken cancellation) =>
        database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                // Two operators at once make one version; and whoever writes with the old key set has committed before the
                // new one counts.
                await KeyEpoch.LockAsync(db, tenant, stop);
                var live = await LiveAsync(db, stop);
                if (live is [var newest, var older, ..])
                    return new BegunRotation(newest.Version, older.Version, Began: false);
                var next = live[0].Version + 1;
                db.Add(await keys.CreateAsync(tenant, KeyPurpose.Index, next, live[0].Scheme, null, stop));
                await KeyEpoch.AdvanceAsync(db, tenant, stop);
                AuditTrail.Add(db, UserActs.RotateIndex, actor);
                return new BegunRotation(next, live[0].Version, Began: true);
            },
            cancellation
        );

    /// <summary>Deletes a version: its rows and its key. Refused while an identity has no row under a newer one.</summary>
    /// <returns>The number of rows deleted.</returns>
    /// <exception cref="OperatorException">It is not live, it is the newest, or identities are left under it alone.</exception>
    public async Task<int> RetireAsync(Guid tenant, bool blindOnly, int version, Actor actor, CancellationToken cancellation)
    {
        var deleted = await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                // All rows of a version go in one statement, which for millions takes longer than any request may.
                await db.Engine.LiftTimeoutAsync(db, stop);
                await KeyEpoch.LockAsync(db, tenant, stop);
                var live = await LiveAsync(db, stop);
                if (!live.Exists(key => key.Version == version))
                    throw new OperatorException(
                        $"The tenant has no live index key of version {version}; `hatcheck keys status` shows which it has."
                    );
                if (live[0].Version == version)
                    throw new OperatorException(
                        $"Version {version} is the newest: nobody could be found without it. Make the next one first: "
                            + $"hatcheck keys rotate-index {tenant}"
                    );
                var left = 0;
                foreach (var table in tables)
                    left += await table.LeftUnderAsync(db, version, stop);
                if (left > 0)
                    throw new OperatorException(
                        $"{left} identities or values of profiles are under version {version} alone: retiring it would lose "
                            + $"them. Finish the rotation first: hatcheck keys rotate-index {tenant}"
                    );
                await db.Engine.OweCompactionAsync(db, stop);
                var rows = 0;
                foreach (var table in tables)
                    rows += await table.DeleteAsync(db, version, stop);
                var key = db.Set<TenantKeyRow>().Where(row => row.Purpose == KeyPurpose.Index && row.Version == version);
                // The first key of a blind-only tenant only its bots need, and whoever signs in: their hash is made here.
                // Each later one stays as a link: without it the hashes of the first nest no further.
                if (
                    blindOnly
                    && (version > 1 || await db.Set<Identity>().AnyAsync(row => row.Channel == ExternalChannel.ChannelName, stop))
                )
                    await key.ExecuteUpdateAsync(set => set.SetProperty(row => row.State, KeyState.Retired), stop);
                else
                    await key.ExecuteDeleteAsync(stop);
                await KeyEpoch.AdvanceAsync(db, tenant, stop);
                AuditTrail.Add(db, UserActs.RetireIndex, actor);
                return rows;
            },
            cancellation
        );
        // Committed: an operator who hangs up now must not keep the file from being cleaned.
        await database.ScrubAsync(Compaction.Now, CancellationToken.None);
        return deleted;
    }

    private static Task<List<TenantKeyRow>> LiveAsync(HatcheckDb db, CancellationToken cancellation) =>
        db.Set<TenantKeyRow>()
            .AsNoTracking()
            .Where(key => key.Purpose == KeyPurpose.Index && key.State == KeyState.Live)
            .OrderByDescending(key => key.Version)
            .ToListAsync(cancellation);
}

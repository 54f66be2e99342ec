using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Users.Rotation;

/// <summary>A rotation after its first step.</summary>
/// <param name="Version">The newest version, the target of the rehash.</param>
/// <param name="Older">The live version before it; null if there is none.</param>
/// <param name="Began">False if it was already in progress.</param>
internal sealed record BegunRotation(int Version, int? Older, bool Began);

/// <summary>
/// The two ends of a blind-index key rotation, each one transaction: a new version goes live, and an old one is retired.
/// In between every write stores rows under both, and <see cref="IndexRehash"/> adds rows for existing values.
/// </summary>
internal sealed class IndexRotation(Database database, TenantKeys keys, IEnumerable<IBlindIndexTable> tables)
{
    /// <summary>Creates the next version, unless a rotation is in progress: that one continues.</summary>
    public Task<BegunRotation> BeginAsync(Guid tenant, Actor actor, CancellationToken cancellation) =>
        database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                // Two operators at once create one version; and every write with the old key set commits before the new
                // one takes effect.
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

    /// <summary>
    /// Deletes a version: its rows and its key. Refused while an identity has no row under a newer version.
    /// </summary>
    /// <returns>The number of rows deleted.</returns>
    /// <exception cref="OperatorException">
    /// The version is not live, is the newest, or is the only one of some identities.
    /// </exception>
    public async Task<int> RetireAsync(Guid tenant, bool blindOnly, int version, Actor actor, CancellationToken cancellation)
    {
        var deleted = await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                // One statement deletes all rows of a version; for millions it takes longer than any request's time-out.
                await db.Engine.LiftTimeoutAsync(db, stop);
                await KeyEpoch.LockAsync(db, tenant, stop);
                var live = await LiveAsync(db, stop);
                if (!live.Exists(key => key.Version == version))
                    throw new OperatorException(
                        $"The tenant has no live index key of version {version}; `hatcheck keys status` shows those it has."
                    );
                if (live[0].Version == version)
                    throw new OperatorException(
                        $"Version {version} is the newest: no one could be found without it. Create the next one first: "
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
                // Only bots and sign-ins need the first key of a blind-only tenant: their hashes start from it. Each later
                // key stays as a link, since nesting the first key's hashes needs it.
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
        // Committed: a cancellation now must not prevent cleaning the file.
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

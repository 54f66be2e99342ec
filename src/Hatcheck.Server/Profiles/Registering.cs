using System.Text.Json;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Profiles;

internal abstract record RegisterResult
{
    internal sealed record Registered(Guid User, bool Replayed) : RegisterResult;

    internal sealed record EmailTaken : RegisterResult;

    /// <summary>The Idempotency-Key was used for another request.</summary>
    internal sealed record KeyReused : RegisterResult;

    /// <summary>The tenant's keys have changed since the caller was authenticated.</summary>
    internal sealed record Stale : RegisterResult;
}

/// <summary>Makes a user who is known by a profile, not (yet) by a messenger.</summary>
internal sealed class Registering(
    Database database, PersonVaults vaults, TenantKeys tenantKeys, TimeProvider time)
{
    private const int Attempts = 3;

    /// <summary>One transaction; a repeat with the same key within 24 hours makes nobody and gives the first one's user.</summary>
    public async Task<RegisterResult> RegisterAsync(Caller caller, Profile profile, string? idempotencyKey, CancellationToken cancellation)
    {
        var keys = await tenantKeys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        var repeat = idempotencyKey is null ? null : new Repeat(
            keys.Hash("idempotency", "users", idempotencyKey),
            keys.Hash("idempotent-request", "users", Convert.ToHexString(JsonSerializer.SerializeToUtf8Bytes(profile, SealedProfileJson.Default.Profile))));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.WriteAsync(caller.Tenant, (db, stop) => AddAsync(db, caller, keys, profile, repeat, stop), cancellation);
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.Classify(fault) == StorageFault.Duplicate)
            {
                // The same address or the same key at the same moment: look again who has it.
            }
        }
    }

    private async Task<RegisterResult> AddAsync(HatcheckDb db, Caller caller, TenantKeySet keys, Profile profile, Repeat? repeat, CancellationToken cancellation)
    {
        var (tenant, user, now) = (caller.Tenant, Guid.NewGuid(), db.Now);
        if (repeat is not null)
        {
            if (await FirstAsync(db, repeat, now, cancellation) is { } first) return first;
            db.Add(new IdempotencyRow { TenantId = tenant, KeyHash = repeat.KeyHash, RequestHash = repeat.RequestHash, ResourceId = user, CreatedAt = now });
        }

        if (!await KeyEpoch.HoldAsync(db, tenant, caller.KeyEpoch, cancellation)) return NothingAdded(db, new RegisterResult.Stale());
        var values = ProfileIndex.Rows(keys, tenant, user, profile).ToList();
        if ((await HeldProfiles.TakenAsync(db, values, cancellation)).Count > 0)
        {
            // Taken perhaps by this very request, whose first try was committed a moment ago.
            var first = repeat is null ? null : await FirstAsync(db, repeat, now, cancellation);
            return NothingAdded(db, first ?? new RegisterResult.EmailTaken());
        }

        using var vault = vaults.In(db);
        await MakeAsync(db, vault, user, caller.Actor, profile, values, name: null, cancellation);
        return new RegisterResult.Registered(user, Replayed: false);
    }

    /// <summary>Adds a user to a transaction that holds the tenant's key epoch: profile, index values of it that nobody else has, and an identity if there is one.</summary>
    /// <returns>The identity's id. The vault has the user's key from now on.</returns>
    public async Task<Guid?> MakeAsync(
        HatcheckDb db,
        PersonVault vault,
        Guid user,
        Actor actor,
        Profile profile,
        IEnumerable<ProfileValue> values,
        IdentityName? name,
        CancellationToken cancellation)
    {
        var (tenant, now) = (vault.Tenant, time.Now());
        db.Add(await vault.CreateAsync(KeyOwner.User(user), cancellation));
        var cell = await vault.SealAsync(ProfileRow.Sealed.At(KeyOwner.User(user)), profile, cancellation);
        db.Add(new ProfileRow { TenantId = tenant, UserId = user, Profile = cell });
        var identities = name is null ? [] : await Resolver.IdentitiesAsync(vault, user, name, now, cancellation);
        db.AddRange(identities);
        db.Add(new User { TenantId = tenant, UserId = user, CreatedAt = now });
        db.AddRange(values);
        var fields = string.Join(' ', Profile.Differences(Profile.Empty, profile));
        await AuditTrail.AddAsync(db, vault, user, ProfileActs.Create, actor, fields, cancellation);
        return identities.Count == 0 ? null : identities[0].IdentityId;
    }

    private static async Task<RegisterResult?> FirstAsync(HatcheckDb db, Repeat repeat, DateTimeOffset now, CancellationToken cancellation)
    {
        var oldest = now - IdempotencyRow.Life;
        await db.Set<IdempotencyRow>().Where(row => row.CreatedAt < oldest).ExecuteDeleteAsync(cancellation);
        var first = await db.Set<IdempotencyRow>().AsNoTracking().FirstOrDefaultAsync(row => row.UserId == Guid.Empty && row.KeyHash == repeat.KeyHash, cancellation);
        if (first is null) return null;
        return first.RequestHash == repeat.RequestHash || first.RequestHash == IdempotencyRow.Forgotten ? new RegisterResult.Registered(first.ResourceId, Replayed: true) : new RegisterResult.KeyReused();
    }

    private static RegisterResult NothingAdded(HatcheckDb db, RegisterResult refusal)
    {
        db.ChangeTracker.Clear();
        return refusal;
    }

    /// <summary>What tells a repeat: hashes only.</summary>
    private sealed record Repeat(string KeyHash, string RequestHash);
}

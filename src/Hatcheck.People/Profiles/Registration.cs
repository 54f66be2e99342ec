using System.Text.Json;
using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Profiles;

/// <summary>A user who was registered.</summary>
/// <param name="User">The current user.</param>
/// <param name="IsReplayed">True if an earlier request with the same Idempotency-Key registered the user.</param>
internal sealed record RegisteredUser(UserResponse User, bool IsReplayed);

/// <summary>Creates users from a profile, without a messenger identity.</summary>
internal sealed class Registration(
    Database database,
    TenantKeys tenantKeys,
    PersonVaults vaults,
    Idempotency idempotency,
    UserViews views,
    TimeProvider time
)
{
    /// <summary>
    /// Registers a user in one transaction; a repeat with the same key within 24 hours returns the first request's user.
    /// </summary>
    public async Task<Outcome<RegisteredUser>> RegisterAsync(
        Caller caller,
        ProfileRequest request,
        string? idempotencyKey,
        CancellationToken cancellation
    )
    {
        var read = ProfileFields.Read(request);
        if (read is not Outcome<Profile>.Done(var profile))
            return read.Refusal!;
        var keys = await tenantKeys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        var content = Convert.ToHexString(JsonSerializer.SerializeToUtf8Bytes(profile, SealedProfileJson.Default.Profile));
        var repeatable = await idempotency.OfAsync(caller, idempotencyKey, "users", Guid.Empty, ["users", content], cancellation);
        // If another request took the same address or used the same key meanwhile, the next attempt finds it.
        var registered = await database.RepeatAsync(
            () =>
                database.WriteAsync(
                    caller.Tenant,
                    (db, stop) => AddAsync(db, caller, keys, profile, repeatable, stop),
                    cancellation
                ),
            cancellation
        );
        return await registered.ThenAsync<RegisteredUser>(async made =>
        {
            var shown = await views.GetAsync(caller.Tenant, made.User, cancellation);
            return shown is Outcome<UserResponse>.Done(var user) ? new RegisteredUser(user, made.IsReplayed) : shown.Refusal!;
        });
    }

    private async Task<Outcome<(Guid User, bool IsReplayed)>> AddAsync(
        HatcheckDb db,
        Caller caller,
        TenantKeySet keys,
        Profile profile,
        RepeatableRequest? repeatable,
        CancellationToken cancellation
    )
    {
        var (tenant, user) = (caller.Tenant, Guid.NewGuid());
        if (await FirstAsync(db, repeatable, cancellation) is { } first)
            return first;
        if (!await KeyEpoch.HoldAsync(db, tenant, caller.KeyEpoch, cancellation))
            return new Refusal.Stale();
        var values = ProfileIndex.Rows(keys, tenant, user, profile).ToList();
        if ((await HeldProfiles.TakenAsync(db, values, cancellation)).Count > 0)
        {
            // Perhaps this very request took it, and its first attempt was committed a moment ago.
            return await FirstAsync(db, repeatable, cancellation) ?? new ProfileRefusal.EmailTaken();
        }

        if (repeatable is not null)
            await Idempotency.KeepAsync(db, repeatable, user, cancellation);
        using var vault = vaults.In(db);
        await CreateAsync(db, vault, user, caller.Actor, profile, values, name: null, cancellation);
        return (user, false);
    }

    /// <summary>
    /// Adds a user in a transaction that locks the tenant's key epoch: profile, its free index values, and an identity if
    /// given.
    /// </summary>
    /// <returns>The identity's id. The vault holds the user's key from now on.</returns>
    public async Task<Guid?> CreateAsync(
        HatcheckDb db,
        PersonVault vault,
        Guid user,
        Actor actor,
        Profile profile,
        IEnumerable<ProfileValue> values,
        IdentityName? name,
        CancellationToken cancellation
    )
    {
        var (tenant, now) = (vault.Tenant, time.Now());
        db.Add(await vault.CreateAsync(KeyOwner.User(user), cancellation));
        var cell = await vault.SealAsync(ProfileRow.Sealed.At(KeyOwner.User(user)), profile, cancellation);
        db.Add(
            new ProfileRow
            {
                TenantId = tenant,
                UserId = user,
                Profile = cell,
            }
        );
        var identities = name is null ? [] : await name.RowsAsync(vault, user, now, cancellation);
        db.AddRange(identities);
        db.Add(
            new User
            {
                TenantId = tenant,
                UserId = user,
                CreatedAt = now,
            }
        );
        db.AddRange(values);
        var fields = string.Join(' ', Profile.Differences(Profile.Empty, profile));
        await AuditTrail.AddAsync(db, vault, user, ProfileActs.Create, actor, fields, cancellation);
        OutboxEvents.Add(db, UserEvents.Created, user);
        return identities.Count == 0 ? null : identities[0].IdentityId;
    }

    // Null if the key was not used before, or none was sent.
    private async Task<Outcome<(Guid User, bool IsReplayed)>?> FirstAsync(
        HatcheckDb db,
        RepeatableRequest? repeatable,
        CancellationToken cancellation
    )
    {
        if (repeatable is null)
            return null;
        var found = await idempotency.FindAsync(repeatable, db, cancellation);
        if (found is not Outcome<FirstRequest?>.Done(var first))
            return found.Refusal!;
        return first is null ? null : (first.Resource, true);
    }
}

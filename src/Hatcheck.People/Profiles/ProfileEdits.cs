using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;

namespace Hatcheck.People.Profiles;

/// <summary>
/// Changes profiles. The user's row is locked during the change, so that of two clients with the same entity tag only one
/// wins, on any number of nodes. The unique index on e-mail addresses decides between two users who want the same address.
/// </summary>
internal sealed class ProfileEdits(PersonChanges changes, TenantKeys tenantKeys, HeldProfiles profiles, UserViews views)
{
    /// <summary>Replaces the profile; needs a precondition. Returns the changed user.</summary>
    public async Task<Outcome<UserResponse>> ReplaceAsync(
        Caller caller,
        Guid user,
        ProfileRequest request,
        Precondition match,
        CancellationToken cancellation
    )
    {
        if (!match.IsGiven)
            return new ProfileRefusal.NoVersion();
        // A locale that is stored may stay, so that field waits for the stored profile; faults of the others come first.
        var others = ProfileFields.Read(request, Profile.Empty with { Locale = request.Locale });
        return await others.ThenAsync(_ =>
            EditAsync(caller, user, match, before => ProfileFields.Read(request, before), cancellation)
        );
    }

    /// <summary>Changes the profile by a JSON Merge Patch. Returns the changed user.</summary>
    public Task<Outcome<UserResponse>> PatchAsync(
        Caller caller,
        Guid user,
        MergePatch<ProfileRequest> patch,
        Precondition match,
        CancellationToken cancellation
    ) => EditAsync(caller, user, match, before => Patched(before, patch), cancellation);

    // A change without effect stores nothing and keeps the entity tag.
    private async Task<Outcome<UserResponse>> EditAsync(
        Caller caller,
        Guid user,
        Precondition match,
        Func<Profile, Outcome<Profile>> edit,
        CancellationToken cancellation
    )
    {
        var keys = await tenantKeys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        var terms = ChangeTerms.Of(caller, user) with { KeyEpoch = caller.KeyEpoch, Match = UserRefusal.NotMatched(match) };
        var edited = await changes.RunAsync<Guid>(
            terms,
            (change, stop) => EditAsync(change, caller, keys, edit, stop),
            cancellation
        );
        return await edited.ThenAsync(_ => views.GetAsync(caller.Tenant, user, cancellation));
    }

    private async Task<Outcome<Guid>> EditAsync(
        PersonChange change,
        Caller caller,
        TenantKeySet keys,
        Func<Profile, Outcome<Profile>> edit,
        CancellationToken cancellation
    )
    {
        var (db, user) = (change.Db, change.User);
        var held = (await HeldProfiles.ReadAsync(db, change.Vault, [user], cancellation))[user];
        var proposed = edit(held.Profile);
        if (proposed is not Outcome<Profile>.Done(var after))
            return proposed.Refusal!;
        if (caller is Caller.Person && FieldNotOwn(held.Profile, after) is { } field)
        {
            const string Message = "Users cannot change this themselves; the tenant's services and members can.";
            return new Refusal.Invalid(Problems.Invalid(field, Message));
        }

        var values = ProfileIndex.Changed(keys, change.Tenant, user, held.Profile, after);
        if ((await HeldProfiles.TakenAsync(db, values, cancellation)).Count > 0)
            return new ProfileRefusal.EmailTaken();
        await profiles.WriteAsync(db, change.Vault, [new ProfileEdit(held, after, values, change.Actor)], cancellation);
        return user;
    }

    private static Outcome<Profile> Patched(Profile before, MergePatch<ProfileRequest> patch)
    {
        var request = patch.ApplyTo(before.ToRequest());
        // The proof of the old address does not apply to a new one.
        if (!patch.Names("email_verified") && !IsSameAddress(before.Email, request.Email))
            request = request with { EmailVerified = null };
        return ProfileFields.Read(request, before);
    }

    // Users may set their self-declared fields, but not those that were verified or that the tenant notes.
    private static string? FieldNotOwn(Profile before, Profile after) =>
        after.EmailVerified && !(before.EmailVerified && IsSameAddress(before.Email, after.Email))
            ? "email_verified"
            : Profile
                .Differences(before, after)
                .FirstOrDefault(name =>
                    name is "onboarding_state" or "external_subject" || name.StartsWith("attributes.", StringComparison.Ordinal)
                );

    private static bool IsSameAddress(string? one, string? other) =>
        CanonicalId.TryEmail(one, out var first) && CanonicalId.TryEmail(other, out var second) && first == second;
}

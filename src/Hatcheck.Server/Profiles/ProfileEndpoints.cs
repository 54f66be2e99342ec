using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Privacy;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Profiles;

/// <summary>Makes, changes, deletes and restores users with their profiles.</summary>
internal static class ProfileEndpoints
{
    private const string Confirm = "`true` erases at once, which can't be undone; left out, the user is deleted and may be restored.";
    private const string NoSuchUser = "No such user.";
    private const string Gone = "The user was erased, or was deleted and may be restored.";
    private const string OtherVersion = "The user has changed since the ETag of If-Match.";
    private const string Taken = "The e-mail address is another user's.";

    public static IServiceCollection AddProfiles(this IServiceCollection services)
    {
        return services.AddSingleton<UserViews>().AddSingleton<Registering>().AddSingleton<HeldProfiles>().AddSingleton<Editing>().AddSingleton<Deleting>().AddSingleton<Purging>();
    }

    public static void MapProfiles(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users.MapPost("", CreateAsync).RequirePermission(UserPermissions.Write).WithName("createUser")
            .WithSummary("Makes a user who is known by a profile, not yet by a messenger. With an Idempotency-Key, a repeat within 24 hours makes nobody.")
            .Checks<RouteHandlerBuilder, ProfileRequest>(ProfileFields.Check).Fails(409, Taken);
        users.MapPut("/{id}", ReplaceAsync).RequirePermission(UserPermissions.Write, Reach.OwnUser).WithName("replaceUser")
            .WithSummary("Replaces the profile; what is left out is emptied. Needs If-Match.")
            .Fails(404, NoSuchUser).Fails(409, Taken).Fails(410, Gone).Fails(412, OtherVersion).Fails(428, "There is no If-Match.");
        users.MapPatch("/{id}", PatchAsync).RequirePermission(UserPermissions.Write, Reach.OwnUser).WithName("updateUser")
            .WithSummary("Changes the profile by a JSON Merge Patch (RFC 7396): what is named is set, null empties.")
            .Fails(404, NoSuchUser).Fails(409, Taken).Fails(410, Gone).Fails(412, OtherVersion);
        users.MapDelete("/{id}", RemoveAsync).RequirePermission(UserPermissions.Erase, Reach.OwnUser).WithName("deleteUser")
            .WithSummary("Deletes a user, who can be restored while the grace period lasts and is erased after it; with ?confirm=true erases at once, every row and every key.")
            .Fails(404, NoSuchUser).Fails(410, Gone).Fails(412, OtherVersion).Fails(422, "`confirm` is given and is not `true`.");
        users.MapPost("/{id}/restore", RestoreAsync).RequirePermission(UserPermissions.Write).WithName("restoreUser")
            .WithSummary("Brings a deleted user back, whole. A user who was not deleted is given as they are.")
            .Fails(404, NoSuchUser).Fails(409, "The grace period is over.").Fails(410, "The user was erased.");
        routes.MapUserViews();
    }

    private static async Task<Results<Created<UserResponse>, Problem>> CreateAsync(
        ProfileRequest request, IdempotencyKey key, Call call, Registering registering, UserViews views)
    {
        if (ProfileFields.TryRead(request, out var profile) is { } problem) return problem;
        switch (await registering.RegisterAsync(call.Caller, profile, key.Value, call.Cancellation))
        {
            case RegisterResult.Registered registered:
                if (registered.Replayed) IdempotencyKey.Replayed(call.Http);
                var (lookup, user) = await views.FindAsync(call.Tenant, registered.User, call.Cancellation);
                return user is null ? lookup.Problem() : TypedResults.Created($"/users/{user.Id}", call.Http.Tagged(user));
            case RegisterResult.EmailTaken:
                return EmailTaken();
            case RegisterResult.KeyReused:
                return Problems.Unprocessable(ProblemCodes.IdempotencyMismatch, "This Idempotency-Key was used with another request; make a new key for each.");
            default:
                return Problems.KeysChanged();
        }
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> ReplaceAsync(
        UserId id, [CheckedByEndpoint] ProfileRequest request, IfMatch match, Call call, [AsParameters] EditServices services)
    {
        if (!match.Allowed.IsGiven)
            return new Problem(StatusCodes.Status428PreconditionRequired, ProblemCodes.ProfileIfMatch, "Send If-Match with the ETag of the user as you read it, so that nobody's change is lost unseen; or change single fields with PATCH.");
        if (ProfileFields.TryRead(request, out var profile) is { } problem) return problem;
        return await EditAsync(id, match, _ => (null, profile), call, services);
    }

    private static Task<Results<Ok<UserResponse>, Problem>> PatchAsync(
        UserId id, MergePatch<ProfileRequest> patch, IfMatch match, Call call, [AsParameters] EditServices services) =>
        EditAsync(id, match, before => Patched(before, patch), call, services);

    private static (Problem? Problem, Profile Profile) Patched(Profile before, MergePatch<ProfileRequest> patch)
    {
        var request = patch.ApplyTo(before.ToRequest());
        // Whatever proved the old address says nothing of a new one.
        if (!patch.Names("email_verified") && !IsSameAddress(before.Email, request.Email)) request = request with { EmailVerified = null };
        return (ProfileFields.TryRead(request, out var profile), profile);
    }

    // A person writes what they say of themself. What was proved about them, and what the tenant notes, is not theirs to say.
    private static (Problem? Problem, Profile Profile) ByWhomItMay(Caller caller, Profile before, (Problem? Problem, Profile Profile) proposed)
    {
        if (proposed.Problem is not null || caller is not Caller.Person) return proposed;
        var after = proposed.Profile;
        var field = after.EmailVerified && !(before.EmailVerified && IsSameAddress(before.Email, after.Email))
            ? "email_verified"
            : Profile.Differences(before, after).FirstOrDefault(name => name is "onboarding_state" or "external_subject" || name.StartsWith("attributes.", StringComparison.Ordinal));
        return field is null ? proposed : (Problems.Invalid(field, "Not the person's own to change: the tenant's services and members do."), after);
    }

    private static bool IsSameAddress(string? one, string? other) =>
        CanonicalId.TryEmail(one, out var canonical) && CanonicalId.TryEmail(other, out var otherCanonical) && canonical == otherCanonical;

    private static async Task<Results<Ok<UserResponse>, Problem>> EditAsync(
        UserId id, IfMatch match, Func<Profile, (Problem? Problem, Profile Profile)> change, Call call, EditServices services)
    {
        var (person, result) = await services.People.WithAsync(
            call.Tenant,
            id,
            found => services.Editing.EditAsync(
                call.Caller, found, match.Allowed, before => ByWhomItMay(call.Caller, before, change(before)), call.Cancellation),
            edited => edited is EditResult.Gone,
            call.Cancellation);
        switch (result)
        {
            case null:
                return person.Problem();
            case EditResult.Edited:
                var (lookup, user) = await services.Views.FindAsync(call.Tenant, id, call.Cancellation);
                return user is null ? lookup.Problem() : TypedResults.Ok(call.Http.Tagged(user));
            case EditResult.Refused refused:
                return refused.Problem;
            case EditResult.EmailTaken:
                return EmailTaken();
            case EditResult.Changed:
                return Changed(match);
            case EditResult.Stale:
                return Problems.KeysChanged();
            default:
                return Problems.Unavailable(TimeSpan.FromSeconds(1));
        }
    }

    private static async Task<Results<NoContent, Problem>> RemoveAsync(
        UserId id, [Described(Confirm)] bool? confirm, IfMatch match, Call call, [AsParameters] RemovalServices services)
    {
        if (confirm is false)
            return Problems.Unprocessable(ProblemCodes.ConfirmationNeeded, "Leave `confirm` out to delete the user, who can then be restored; ?confirm=true erases at once and can't be undone.");
        return confirm is null ? await DeleteAsync(id, match, call, services) : await EraseAsync(id, match, call, services);
    }

    private static async Task<Results<NoContent, Problem>> DeleteAsync(UserId id, IfMatch match, Call call, RemovalServices services)
    {
        var (person, result) = await services.People.WithAsync(
            call.Tenant,
            id,
            found => services.Deleting.DeleteAsync(call.Tenant, found.User, match.Allowed, call.Caller.Actor, call.Cancellation),
            deleted => deleted is DeleteResult.Gone,
            call.Cancellation);
        return result switch
        {
            null => person.Problem(),
            DeleteResult.Deleted => TypedResults.NoContent(),
            DeleteResult.Changed => Changed(match),
            _ => Problems.Unavailable(TimeSpan.FromSeconds(1)),
        };
    }

    private static async Task<Results<NoContent, Problem>> EraseAsync(UserId id, IfMatch match, Call call, RemovalServices services)
    {
        var (person, result) = await services.People.WithAsync(
            call.Tenant,
            id,
            lookup => lookup.Kept,
            found => services.Erasure.EraseAsync(call.Caller, found, match.Allowed, call.Cancellation),
            erased => erased is EraseResult.Gone,
            call.Cancellation);
        return result switch
        {
            null => person.Problem(),
            EraseResult.Erased => TypedResults.NoContent(),
            EraseResult.Changed => Changed(match),
            _ => Problems.Unavailable(TimeSpan.FromSeconds(1)),
        };
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> RestoreAsync(
        UserId id, Call call, People people, Deleting deleting, UserViews views)
    {
        var (person, result) = await people.WithAsync(
            call.Tenant,
            id,
            lookup => lookup.Kept,
            found => deleting.RestoreAsync(call.Tenant, found.User, call.Caller.Actor, call.Cancellation),
            restored => restored is RestoreResult.Gone,
            call.Cancellation);
        switch (result)
        {
            case null:
                return person.Problem();
            case RestoreResult.Restored:
                var (lookup, user) = await views.FindAsync(call.Tenant, id, call.Cancellation);
                return user is null ? lookup.Problem() : TypedResults.Ok(call.Http.Tagged(user));
            case RestoreResult.TooLate:
                return Problems.Conflict(ProblemCodes.RestoreTooLate, "The grace period is over; the user is about to be erased.");
            default:
                return Problems.Unavailable(TimeSpan.FromSeconds(1));
        }
    }

    private static Problem EmailTaken() => Problems.Conflict(
        ProblemCodes.EmailTaken, "Another user of this tenant has this e-mail address. POST /users/search with include_deleted finds them: a deleted user keeps the address until being erased.");

    private static Problem Changed(IfMatch match) =>
        match.Failed(ProblemCodes.ProfileChanged, "The user has changed since the ETag that If-Match names. Read the user again and repeat the change on that.");

    /// <summary>What an edit needs.</summary>
    internal readonly record struct EditServices(People People, Editing Editing, UserViews Views);

    /// <summary>What a deletion or an erasure needs.</summary>
    internal readonly record struct RemovalServices(People People, Deleting Deleting, Erasure Erasure);
}

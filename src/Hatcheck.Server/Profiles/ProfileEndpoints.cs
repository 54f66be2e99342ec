using Hatcheck.Contracts;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Privacy;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

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
        return services.AddSingleton<UserViews>().AddSingleton<Registration>().AddSingleton<HeldProfiles>()
            .AddSingleton<ProfileEdits>().AddSingleton<Deletion>().AddSingleton<RetentionPurge>();
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
        ProfileRequest request, IdempotencyKey key, Call call, Registration registration)
    {
        var registered = await registration.RegisterAsync(call.Caller, request, key.Value, call.Cancellation);
        return registered.ToResult(made =>
        {
            if (made.IsReplayed) IdempotencyKey.Replayed(call.Http);
            return TypedResults.Created($"/users/{made.User.Id}", call.Http.Tagged(made.User));
        });
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> ReplaceAsync(
        UserId id, [CheckedByEndpoint] ProfileRequest request, IfMatch match, Call call, ProfileEdits edits) =>
        (await edits.ReplaceAsync(call.Caller, id, request, match.Allowed, call.Cancellation))
            .ToResult(user => TypedResults.Ok(call.Http.Tagged(user)));

    private static async Task<Results<Ok<UserResponse>, Problem>> PatchAsync(
        UserId id, MergePatch<ProfileRequest> patch, IfMatch match, Call call, ProfileEdits edits) =>
        (await edits.PatchAsync(call.Caller, id, patch, match.Allowed, call.Cancellation))
            .ToResult(user => TypedResults.Ok(call.Http.Tagged(user)));

    private static async Task<Results<NoContent, Problem>> RemoveAsync(
        UserId id, [Described(Confirm)] Flag confirm, IfMatch match, Call call, [AsParameters] Removals removals)
    {
        var terms = ChangeTerms.Of(call.Caller, id) with { Match = UserRefusal.NotMatched(match.Allowed) };
        Outcome<Guid> removed = confirm.Value switch
        {
            null => await removals.Deletion.DeleteAsync(terms, call.Cancellation),
            true => await removals.Erasure.EraseAsync(terms, call.Cancellation),
            false => new ProfileRefusal.NotConfirmed(),
        };
        return removed.ToResult(_ => TypedResults.NoContent());
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> RestoreAsync(
        UserId id, Call call, Deletion deletion, UserViews views)
    {
        var restored = await deletion.RestoreAsync(ChangeTerms.Of(call.Caller, id), call.Cancellation);
        var shown = await restored.ThenAsync(_ => views.GetAsync(call.Tenant, id, call.Cancellation));
        return shown.ToResult(user => TypedResults.Ok(call.Http.Tagged(user)));
    }

    /// <summary>The two ways in which a user is removed.</summary>
    internal readonly record struct Removals(
        [property: FromServices] Deletion Deletion, [property: FromServices] Erasure Erasure);
}

using System.ComponentModel.DataAnnotations;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Profiles;

/// <summary>What answers with whole users: reading, looking up, listing, searching, and a merge, which shows the survivor.</summary>
internal static class UserViewEndpoints
{
    private static readonly PageCursor Newest = new(new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero), Guid.Empty);

    public static void MapUserViews(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users.MapGet("", PageAsync).RequirePermission(UserPermissions.Read).WithName("listUsers")
            .WithSummary("Users, newest first; those merged into another are shown as that one. With ?deleted=true those who were deleted and not yet erased.")
            .Fails(422, "A parameter is out of its range; see `errors`.");
        users.MapPost("/search", SearchAsync).Checks<RouteHandlerBuilder, UserSearchRequest>(Check).RequirePermission(UserPermissions.Read).WithName("searchUsers")
            .WithSummary("The users whose profile has exactly this e-mail address or phone number. Nobody is known by it: a profile says what somebody typed.");
        // A POST, since a messenger id has no place in a URL: those end in the logs of proxies.
        users.MapPost("/find", FindAsync).RequirePermission(UserPermissions.Read).WithName("findUser")
            .WithSummary("The user of a messenger identity; never made. Changes nothing.").Fails(404, "No such user.").Fails(410, "The user was deleted and may be restored: `user_id` says whom.");
        users.MapGet("/by-telegram/{hash}", ByTelegramAsync).RequirePermission(UserPermissions.Read).WithName("getUserByTelegram")
            .WithSummary("The user of a Telegram id that the caller hashed.").Fails(404, "No such user.").Fails(410, "The user was deleted and may be restored: `user_id` says whom.");
        users.MapGet("/{id}", GetAsync).WithMetadata(new ReadsAhead(UserViews.Ahead)).RequirePermission(UserPermissions.Read, Reach.OwnUser).WithName("getUser")
            .WithSummary("A user, the profile, and the identities that point to the user. The ETag is for If-Match.")
            .Fails(404, "No such user.").Fails(410, "The user was erased, or was deleted and may be restored.");
        users.MapPost("/{id}/merge", MergeAsync).RequirePermission(UserPermissions.Write, Reach.OwnUser).WithName("mergeUser")
            .WithSummary("Merges this user into the one whose code the person brings.").Fails(404, "No such user.").Fails(410, "The user was erased, or was deleted and may be restored.");
    }

    /// <summary>Sets the entity tag of what is about to be answered.</summary>
    public static UserResponse Tagged(this HttpContext context, UserResponse user)
    {
        context.Response.Headers.ETag = Precondition.TagOf(user.Version);
        return user;
    }

    private static Task<Results<Ok<UserResponse>, Problem>> GetAsync(
        UserId id, HttpContext context, Caller caller, UserViews views, CancellationToken cancellation) =>
        ShowAsync(id, context, caller, views, cancellation, context.Features.Get<ReadAhead>());

    private static async Task<Results<Ok<UserResponse>, Problem>> ByTelegramAsync(
        [Described("The blind index of the Telegram id; never the id."), RegularExpression("^[0-9a-f]{64}$")] string hash, Call call, TenantKeys keys, UserViews views)
    {
        if (!BlindIndexKey.IsIndex(hash))
            return new Problem(400, ProblemCodes.HashExpected, "This look-up takes the hash of a Telegram id, 64 lowercase hexadecimal characters; never the id itself.");
        var set = await keys.GetAsync(call.Tenant, call.Caller.KeyEpoch, call.Cancellation);
        return Show(await views.FindAsync(call.Tenant, "telegram", set.Readings(hash, call.Caller.BlindOnly), call.Cancellation), call.Http);
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> FindAsync(
        [CheckedByEndpoint] IdentityRequest request, Call call, TenantKeys keys, UserViews views)
    {
        var set = await keys.GetAsync(call.Tenant, call.Caller.KeyEpoch, call.Cancellation);
        if (IdentityName.TryRead(request, call.Caller, set, out var name) is { } problem) return problem;
        return Show(await views.FindAsync(call.Tenant, name.Channel.Name, name.Values.Select(value => value.Value), call.Cancellation), call.Http);
    }

    // Asked for by an identity: the caller does not know whom to restore.
    private static Results<Ok<UserResponse>, Problem> Show((PersonLookup Lookup, UserResponse? User) found, HttpContext context) => found switch
    {
        (_, { } user) => TypedResults.Ok(context.Tagged(user)),
        (PersonLookup.Deleted deleted, _) => Problems.UserDeleted(deleted.Person.User),
        _ => found.Lookup.Problem(),
    };

    private static async Task<Results<Ok<UserPage>, Problem>> PageAsync(
        Page<PageCursor> page,
        [Described("`true`: users who were deleted and not yet erased, last deleted first.")] bool? deleted,
        Caller caller, UserViews views, CancellationToken cancellation)
    {
        var users = await views.PageAsync(caller.Tenant, deleted is true, page.After ?? Newest, page.Most, cancellation);
        var next = page.Cut(users, user => new PageCursor(user.DeletedAt ?? user.CreatedAt, user.Id));
        return TypedResults.Ok(new UserPage(users, next));
    }

    private static async Task<Results<Ok<UserSearchResponse>, Problem>> SearchAsync(
        UserSearchRequest request, Caller caller, TenantKeys keys, UserViews views, CancellationToken cancellation)
    {
        var kind = request.Email is not null ? ProfileIndex.Email : ProfileIndex.Phone;
        _ = TryCanonical(request, out var canonical);
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        var values = ProfileIndex.Compute(set, kind, canonical!).Select(value => value.Value);
        return TypedResults.Ok(new UserSearchResponse(await views.SearchAsync(caller.Tenant, kind, values, request.IncludeDeleted is true, cancellation)));
    }

    private static void Check(UserSearchRequest request, RequestFaults faults)
    {
        if (request.Email is null == request.Phone is null) faults.Add(request.Email is null ? "email" : "phone", "Search by exactly one of email and phone.");
        else if (!TryCanonical(request, out _))
            faults.Add(request.Email is null ? "phone" : "email", request.Email is null ? "A whole phone number in E.164 form, as +491701234567." : "A whole e-mail address, as ada@example.org.");
    }

    private static bool TryCanonical(UserSearchRequest request, out string? canonical) =>
        request.Email is not null ? CanonicalId.TryEmail(request.Email, out canonical) : CanonicalId.TryPhone(request.Phone, out canonical);

    private static async Task<Results<Ok<UserResponse>, Problem>> MergeAsync(
        UserId id, MergeRequest request, Call call, [AsParameters] MergeServices services)
    {
        var code = request.Code!;
        var (person, result) = await services.People.WithAsync(
            call.Tenant,
            id,
            found => services.Merging.MergeAsync(call.Caller, found, code.ToUpperInvariant(), call.Cancellation),
            merged => merged is MergeResult.Gone,
            call.Cancellation);
        return result switch
        {
            null => person.Problem(),
            MergeResult.Merged merged => await ShowAsync(merged.Survivor, call.Http, call.Caller, services.Views, call.Cancellation),
            // Also where the code's own user is gone: codes of users that are no more prove nothing.
            _ => Problems.Unprocessable(ProblemCodes.LinkCode, "The code is unknown, used, older than ten minutes, or this user's own. Ask for a new one in the other chat."),
        };
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> ShowAsync(
        Guid id, HttpContext context, Caller caller, UserViews views, CancellationToken cancellation, ReadAhead? ahead = null)
    {
        var (lookup, user) = await views.FindAsync(caller.Tenant, id, cancellation, ahead);
        return user is null ? lookup.Problem() : TypedResults.Ok(context.Tagged(user));
    }

    /// <summary>What a merge needs.</summary>
    internal readonly record struct MergeServices(People People, Merging Merging, UserViews Views);
}

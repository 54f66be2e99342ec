using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Profiles;

/// <summary>What answers with whole users: reading, looking up, listing, searching, and a merge, which shows the survivor.</summary>
internal static class UserViewEndpoints
{
    private const int DefaultLimit = 50;
    private const int LargestLimit = 200;
    private static readonly PageCursor Newest = new(new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero), Guid.Empty);

    public static void MapUserViews(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users.MapGet("", PageAsync).RequirePermission(UserPermissions.Read).WithName("listUsers")
            .WithSummary("Users, newest first; those merged into another are shown as that one. With ?deleted=true those who were deleted and not yet erased.")
            .Fails(422, "A parameter is out of its range; see `errors`.");
        users.MapPost("/search", SearchAsync).RequirePermission(UserPermissions.Read).WithName("searchUsers")
            .WithSummary("The users whose profile has exactly this e-mail address or phone number. Nobody is known by it: a profile says what somebody typed.");
        // A POST, since a messenger id has no place in a URL: those end in the logs of proxies.
        users.MapPost("/find", FindAsync).RequirePermission(UserPermissions.Read).WithName("findUser")
            .WithSummary("The user of a messenger identity; never made. Changes nothing.").Fails(404, "No such user.").Fails(410, "The user was deleted and may be restored: `userId` says whom.");
        users.MapGet("/by-telegram/{hash}", ByTelegramAsync).RequirePermission(UserPermissions.Read).WithName("getUserByTelegram")
            .WithSummary("The user of a Telegram id that the caller hashed.").Fails(404, "No such user.").Fails(410, "The user was deleted and may be restored: `userId` says whom.");
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

    private static Task<Results<Ok<UserResponse>, Problem>> GetAsync(Guid id, HttpContext context, Caller caller, UserViews views, CancellationToken cancellation) =>
        ShowAsync(id, context, caller, views, cancellation, context.Features.Get<ReadAhead>());

    private static async Task<Results<Ok<UserResponse>, Problem>> ByTelegramAsync(
        string hash, HttpContext context, Caller caller, TenantKeys keys, UserViews views, CancellationToken cancellation)
    {
        if (!BlindIndexKey.IsIndex(hash))
            return new Problem(400, ProblemCodes.HashExpected, "This look-up takes the hash of a Telegram id, 64 lowercase hexadecimal characters; never the id itself.");
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        return Show(await views.FindAsync(caller.Tenant, "telegram", set.Readings(hash, caller.BlindOnly), cancellation), context);
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> FindAsync(
        IdentityRequest request, HttpContext context, Caller caller, TenantKeys keys, UserViews views, CancellationToken cancellation)
    {
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        if (IdentityName.TryRead(request, caller, set, out var name) is { } problem) return problem;
        return Show(await views.FindAsync(caller.Tenant, name.Channel.Name, name.Values.Select(value => value.Value), cancellation), context);
    }

    // Asked for by an identity: the caller does not know whom to restore.
    private static Results<Ok<UserResponse>, Problem> Show((PersonLookup Lookup, UserResponse? User) found, HttpContext context) => found switch
    {
        (_, { } user) => TypedResults.Ok(context.Tagged(user)),
        (PersonLookup.Deleted deleted, _) => Problems.UserDeleted(deleted.Person.User),
        _ => found.Lookup.Problem(),
    };

    private static async Task<Results<Ok<UserPage>, Problem>> PageAsync(int? limit, string? cursor, bool? deleted, Caller caller, UserViews views, CancellationToken cancellation)
    {
        var most = limit ?? DefaultLimit;
        if (most is < 1 or > LargestLimit) return Problems.Invalid("limit", $"1 to {LargestLimit}.");
        var after = Newest;
        if (cursor is not null && !PageCursor.TryParse(cursor, out after)) return Problems.Invalid("cursor", "Give next_cursor of the page before, as it was.");
        var users = await views.PageAsync(caller.Tenant, deleted is true, after, most, cancellation);
        var more = users.Count > most;
        if (more) users.RemoveAt(most);
        return TypedResults.Ok(new UserPage(users, more ? new PageCursor(users[^1].DeletedAt ?? users[^1].CreatedAt, users[^1].Id).ToString() : null));
    }

    private static async Task<Results<Ok<UserSearchResponse>, Problem>> SearchAsync(
        UserSearchRequest request, Caller caller, TenantKeys keys, UserViews views, CancellationToken cancellation)
    {
        if (request.Email is null == request.Phone is null)
            return Problems.Invalid(request.Email is null ? "email" : "phone", "Search by exactly one of email and phone.");
        var kind = request.Email is not null ? ProfileIndex.Email : ProfileIndex.Phone;
        string? canonical;
        if (!(kind == ProfileIndex.Email ? CanonicalId.TryEmail(request.Email, out canonical) : CanonicalId.TryPhone(request.Phone, out canonical)))
            return Problems.Invalid(kind, kind == ProfileIndex.Email ? "A whole e-mail address, as ada@example.org." : "A whole phone number in E.164 form, as +491701234567.");
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        var values = ProfileIndex.Compute(set, kind, canonical).Select(value => value.Value);
        return TypedResults.Ok(new UserSearchResponse(await views.SearchAsync(caller.Tenant, kind, values, request.IncludeDeleted is true, cancellation)));
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> MergeAsync(
        Guid id, MergeRequest request, HttpContext context, Caller caller, People people, Merging merging, UserViews views, CancellationToken cancellation)
    {
        if (request.Code is not { Length: 10 } code) return Problems.Invalid("code", "The 10 characters that the person was shown.");
        var (person, result) = await people.WithAsync(
            caller.Tenant, id, found => merging.MergeAsync(caller, found, code.ToUpperInvariant(), cancellation), merged => merged is MergeResult.Gone, cancellation);
        return result switch
        {
            null => person.Problem(),
            MergeResult.Merged merged => await ShowAsync(merged.Survivor, context, caller, views, cancellation),
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
}

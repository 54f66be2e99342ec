using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Users;

/// <summary>Persons and their messenger identities.</summary>
internal static class UserEndpoints
{
    public static IServiceCollection AddUsers(this IServiceCollection services) =>
        services.AddSingleton<People>().AddSingleton<Resolver>().AddSingleton<LookUp>().AddSingleton<Linking>().AddSingleton<Merging>().AddSingleton<Inspection>()
            .AddSingleton<Rotation.IndexRotation>().AddSingleton<Rotation.Rehashing>().AddSingleton<Rotation.RotationStatus>()
            .AddSingleton<Platform.Storage.IPersonalData, IdentityData>();

    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users.MapPost("/resolve", ResolveAsync).RequireScope(Scopes.UsersWrite).WithName("resolveUser")
            .WithSummary("The user of a messenger identity, made if absent; exactly one, however many ask at once.");
        // A POST, since a messenger id has no place in a URL: those end in the logs of proxies.
        users.MapPost("/find", FindAsync).RequireScope(Scopes.UsersRead).WithName("findUser")
            .WithSummary("The user of a messenger identity; never made. Changes nothing.").Fails(404, "No such user.");
        users.MapGet("/by-telegram/{hash}", ByTelegramAsync).RequireScope(Scopes.UsersRead).WithName("getUserByTelegram")
            .WithSummary("The user of a Telegram id that the caller hashed.").Fails(404, "No such user.");
        users.MapGet("/{id}", GetAsync).RequireScope(Scopes.UsersRead).WithName("getUser")
            .WithSummary("A user and the identities that point to it.").Fails(404, "No such user.").Fails(410, "The user was erased.");
        users.MapPost("/{id}/identities", LinkAsync).RequireScope(Scopes.UsersWrite).WithName("linkIdentity")
            .WithSummary("Links another identity to the user; one that is linked already is given back.")
            .Fails(404, "No such user.").Fails(409, "The identity is another user's.").Fails(410, "The user was erased.");
        users.MapDelete("/{id}/identities/{identityId}", UnlinkAsync).RequireScope(Scopes.UsersWrite).WithName("unlinkIdentity")
            .WithSummary("Removes an identity; a user keeps at least one.")
            .Fails(404, "No such user or identity.").Fails(409, "It is the last one.").Fails(410, "The user was erased.");
        users.MapPost("/{id}/link-codes", CreateCodeAsync).RequireScope(Scopes.UsersWrite).WithName("createLinkCode")
            .WithSummary("A one-time code, to be shown to the person in the chat of this user.").Fails(404, "No such user.").Fails(410, "The user was erased.");
        users.MapPost("/{id}/merge", MergeAsync).RequireScope(Scopes.UsersWrite).WithName("mergeUser")
            .WithSummary("Merges this user into the one whose code the person brings.").Fails(404, "No such user.").Fails(410, "The user was erased.");
    }

    private static async Task<Results<Ok<ResolvedUser>, Problem>> ResolveAsync(
        IdentityRequest request, Caller caller, TenantKeys keys, Resolver resolver, CancellationToken cancellation)
    {
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        if (IdentityName.TryRead(request, caller, set, out var name) is { } problem) return problem;
        return await resolver.ResolveAsync(caller, name, cancellation) is { } user ? TypedResults.Ok(user) : KeysChanged();
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> FindAsync(
        IdentityRequest request, Caller caller, TenantKeys keys, LookUp lookUp, CancellationToken cancellation)
    {
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        if (IdentityName.TryRead(request, caller, set, out var name) is { } problem) return problem;
        return await lookUp.FindAsync(caller.Tenant, name, cancellation) is { } user ? TypedResults.Ok(user) : Problems.UserNotFound();
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> ByTelegramAsync(
        string hash, Caller caller, TenantKeys keys, LookUp lookUp, CancellationToken cancellation)
    {
        if (!BlindIndexKey.IsIndex(hash))
            return new Problem(400, ProblemCodes.HashExpected, "This look-up takes the hash of a Telegram id, 64 lowercase hexadecimal characters; never the id itself.");
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        foreach (var value in LookUp.Readings(hash, caller.BlindOnly, set))
        {
            if (await lookUp.FindAsync(caller.Tenant, "telegram", value, cancellation) is { } user) return TypedResults.Ok(user);
        }

        return Problems.UserNotFound();
    }

    private static Task<Results<Ok<UserResponse>, Problem>> GetAsync(Guid id, Caller caller, People people, Linking linking, CancellationToken cancellation) =>
        ShowAsync(caller.Tenant, id, people, linking, cancellation);

    private static async Task<Results<Ok<IdentityResponse>, Created<IdentityResponse>, Problem>> LinkAsync(
        Guid id, IdentityRequest request, Caller caller, TenantKeys keys, People people, Linking linking, CancellationToken cancellation)
    {
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        if (IdentityName.TryRead(request, caller, set, out var name) is { } problem) return problem;
        var (person, result) = await people.WithAsync(caller.Tenant, id, found => linking.LinkAsync(caller, found, name, cancellation), linked => linked is LinkResult.Gone, cancellation);
        return result switch
        {
            null => person.Problem(),
            LinkResult.Linked { New: true } linked => TypedResults.Created((string?)null, linked.Identity),
            LinkResult.Linked linked => TypedResults.Ok(linked.Identity),
            LinkResult.Taken => Problems.Conflict(ProblemCodes.IdentityTaken, "The identity belongs to another user. If both are one person, merge them with a link code."),
            LinkResult.Gone => Busy(),
            _ => KeysChanged(),
        };
    }

    private static async Task<Results<NoContent, Problem>> UnlinkAsync(
        Guid id, Guid identityId, Caller caller, People people, Linking linking, CancellationToken cancellation)
    {
        var (person, result) = await people.WithAsync(
            caller.Tenant, id, found => linking.UnlinkAsync(caller.Tenant, found.User, identityId, cancellation), unlinked => unlinked is UnlinkResult.Gone, cancellation);
        return result switch
        {
            null => person.Problem(),
            UnlinkResult.Unlinked => TypedResults.NoContent(),
            UnlinkResult.Last => Problems.Conflict(ProblemCodes.IdentityLast, "A user keeps at least one identity. To remove the person, erase the user."),
            UnlinkResult.Gone => Busy(),
            _ => Problems.NotFound(ProblemCodes.IdentityNotFound, "The user has no such identity."),
        };
    }

    private static async Task<Results<Created<LinkCodeResponse>, Problem>> CreateCodeAsync(
        Guid id, Caller caller, People people, Merging merging, CancellationToken cancellation)
    {
        var (person, result) = await people.WithAsync(
            caller.Tenant, id, found => merging.CreateCodeAsync(caller, found.User, cancellation), code => code is CodeResult.Gone, cancellation);
        return result switch
        {
            null => person.Problem(),
            CodeResult.Made made => TypedResults.Created((string?)null, made.Code),
            _ => Busy(),
        };
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> MergeAsync(
        Guid id, MergeRequest request, Caller caller, People people, Linking linking, Merging merging, CancellationToken cancellation)
    {
        if (request.Code is not { Length: 10 } code) return Problems.Invalid("code", "The 10 characters that the person was shown.");
        var (person, result) = await people.WithAsync(
            caller.Tenant, id, found => merging.MergeAsync(caller, found, code.ToUpperInvariant(), cancellation), merged => merged is MergeResult.Gone, cancellation);
        return result switch
        {
            null => person.Problem(),
            MergeResult.Merged merged => await ShowAsync(caller.Tenant, merged.Survivor, people, linking, cancellation),
            // Also where the code's own user is gone: codes of users that are no more prove nothing.
            _ => Problems.Unprocessable(ProblemCodes.LinkCode, "The code is unknown, used, older than ten minutes, or this user's own. Ask for a new one in the other chat."),
        };
    }

    private static async Task<Results<Ok<UserResponse>, Problem>> ShowAsync(
        Guid tenant, Guid id, People people, Linking linking, CancellationToken cancellation)
    {
        var lookup = await people.FindAsync(tenant, id, cancellation);
        if (lookup is not PersonLookup.Found person) return lookup.Problem();
        var identities = await linking.ListAsync(tenant, person.User, cancellation);
        return TypedResults.Ok(new UserResponse(person.Asked, person.CreatedAt, person.Asked == person.User ? null : person.User, identities));
    }

    // Erased or merged by others again and again while this request ran.
    private static Problem Busy() => Problems.Unavailable(TimeSpan.FromSeconds(1));

    private static Problem KeysChanged() =>
        new(StatusCodes.Status503ServiceUnavailable, ProblemCodes.DatabaseUnavailable, "The tenant's keys have just changed. Nothing was stored; try again.", retryAfter: TimeSpan.FromSeconds(1));
}

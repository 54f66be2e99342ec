using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Platform.Keys;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Users;

/// <summary>Persons and their messenger identities.</summary>
internal static class UserEndpoints
{
    public static IServiceCollection AddUsers(this IServiceCollection services) =>
        services.AddSingleton<People>().AddSingleton<PersonChanges>().AddSingleton<Resolver>().AddSingleton<Linking>().AddSingleton<Merging>().AddSingleton<Inspection>().AddSingleton<UserStates>()
            .AddSingleton<Rotation.IndexRotation>().AddSingleton<Rotation.Rehashing>().AddSingleton<Rotation.RotationStatus>();

    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users.MapPost("/resolve", ResolveAsync).RequirePermission(UserPermissions.Write).WithName("resolveUser")
            .WithSummary("The user of a messenger identity, made if absent; exactly one, however many ask at once.")
            .Fails(410, "The user was deleted and may be restored: `user_id` says whom.");
        users.MapPost("/{id}/identities", LinkAsync).RequirePermission(UserPermissions.Write).WithName("linkIdentity")
            .WithSummary("Links another identity to the user; one that is linked already is given back.")
            .Fails(404, "No such user.").Fails(409, "The identity is another user's.").Fails(410, "The user was erased, or was deleted and may be restored.");
        users.MapDelete("/{id}/identities/{identityId}", UnlinkAsync).RequirePermission(UserPermissions.Write, Reach.OwnUser).WithName("unlinkIdentity")
            .WithSummary("Removes an identity; a user keeps at least one.")
            .Fails(404, "No such user or identity.").Fails(409, "It is the last one.").Fails(410, "The user was erased, or was deleted and may be restored.");
        users.MapPost("/{id}/link-codes", CreateCodeAsync).RequirePermission(UserPermissions.Write, Reach.OwnUser).WithName("createLinkCode")
            .WithSummary("A one-time code, to be shown to the person in the chat of this user.").Fails(404, "No such user.").Fails(410, "The user was erased, or was deleted and may be restored.");
    }

    private static async Task<Results<Ok<ResolvedUser>, Problem>> ResolveAsync(
        [CheckedByEndpoint] IdentityRequest request, Caller caller, TenantKeys keys, Resolver resolver, CancellationToken cancellation)
    {
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        if (IdentityName.TryRead(request, caller, set, out var name) is { } problem) return problem;
        return await resolver.ResolveAsync(caller, name, cancellation) switch
        {
            ResolveResult.Resolved resolved => TypedResults.Ok(resolved.User),
            ResolveResult.Deleted deleted => Problems.UserDeleted(deleted.User),
            _ => Problems.KeysChanged(),
        };
    }

    private static async Task<Results<Ok<IdentityResponse>, Created<IdentityResponse>, Problem>> LinkAsync(
        UserId id, [CheckedByEndpoint] IdentityRequest request, Call call, TenantKeys keys, [AsParameters] LinkServices services)
    {
        var set = await keys.GetAsync(call.Tenant, call.Caller.KeyEpoch, call.Cancellation);
        if (IdentityName.TryRead(request, call.Caller, set, out var name) is { } problem) return problem;
        var (person, result) = await services.People.WithAsync(
            call.Tenant, id, found => services.Linking.LinkAsync(call.Caller, found, name, call.Cancellation), linked => linked is LinkResult.Gone, call.Cancellation);
        return result switch
        {
            null => person.Problem(),
            LinkResult.Linked { New: true } linked => TypedResults.Created((string?)null, linked.Identity),
            LinkResult.Linked linked => TypedResults.Ok(linked.Identity),
            LinkResult.Taken => Problems.Conflict(ProblemCodes.IdentityTaken, "The identity belongs to another user. If both are one person, merge them with a link code."),
            LinkResult.Gone => Busy(),
            _ => Problems.KeysChanged(),
        };
    }

    private static async Task<Results<NoContent, Problem>> UnlinkAsync(
        UserId id, [Described("The identity's id.", OpenApiOperations.ExampleId)] Guid identityId, Call call, [AsParameters] LinkServices services)
    {
        var (person, result) = await services.People.WithAsync(
            call.Tenant,
            id,
            found => services.Linking.UnlinkAsync(call.Caller, found.User, identityId, call.Cancellation),
            unlinked => unlinked is UnlinkResult.Gone,
            call.Cancellation);
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
        UserId id, Caller caller, People people, Merging merging, CancellationToken cancellation)
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

    // Erased or merged by others again and again while this request ran.
    private static Problem Busy() => Problems.Unavailable(TimeSpan.FromSeconds(1));

    /// <summary>What linking and unlinking need.</summary>
    internal readonly record struct LinkServices(People People, Linking Linking);
}

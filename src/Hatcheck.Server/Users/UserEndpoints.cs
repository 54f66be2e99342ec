using Hatcheck.Contracts;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Http.Requests;
using Hatcheck.Server.Platform.Keys;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Users;

/// <summary>Persons and their messenger identities.</summary>
internal static class UserEndpoints
{
    public static IServiceCollection AddUsers(this IServiceCollection services) =>
        services.AddSingleton<People>().AddSingleton<PersonChanges>().AddSingleton<Resolver>()
            .AddSingleton<IdentityLinks>().AddSingleton<UserMerges>().AddSingleton<Inspection>().AddSingleton<UserStates>()
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
        [CheckedByEndpoint] IdentityRequest request, Call call, Resolver resolver) =>
        (await resolver.ResolveAsync(call.Caller, request, call.Cancellation)).ToResult(TypedResults.Ok);

    private static async Task<Results<Ok<IdentityResponse>, Created<IdentityResponse>, Problem>> LinkAsync(
        UserId id, [CheckedByEndpoint] IdentityRequest request, Call call, TenantKeys keys, IdentityLinks links)
    {
        var name = await IdentityName.ReadAsync(request, call.Caller, keys, call.Cancellation);
        return await name.ThenAsync(read => links.LinkAsync(call.Caller, id, read, call.Cancellation)) switch
        {
            Outcome<LinkedIdentity>.Done({ New: true } linked) => TypedResults.Created((string?)null, linked.Identity),
            Outcome<LinkedIdentity>.Done(var linked) => TypedResults.Ok(linked.Identity),
            var refused => refused.ToProblem(),
        };
    }

    private static async Task<Results<NoContent, Problem>> UnlinkAsync(
        UserId id,
        [Described("The identity's id.", OpenApiOperations.ExampleId)] Guid identityId,
        Call call,
        IdentityLinks links) =>
        (await links.UnlinkAsync(call.Caller, id, identityId, call.Cancellation)).ToResult(_ => TypedResults.NoContent());

    private static async Task<Results<Created<LinkCodeResponse>, Problem>> CreateCodeAsync(
        UserId id, Call call, UserMerges merges) =>
        (await merges.CreateCodeAsync(call.Caller, id, call.Cancellation))
            .ToResult(code => TypedResults.Created((string?)null, code));
}

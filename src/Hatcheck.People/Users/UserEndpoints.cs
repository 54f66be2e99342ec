using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Hatcheck.Platform.Keys;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.People.Users;

/// <summary>Users and their messenger identities.</summary>
internal static class UserEndpoints
{
    public static IServiceCollection AddUsers(this IServiceCollection services) =>
        services
            .AddSingleton<UserDirectory>()
            .AddSingleton<PersonChanges>()
            .AddSingleton<Resolver>()
            .AddSingleton<IdentityLinks>()
            .AddSingleton<UserMerges>()
            .AddSingleton<Inspection>()
            .AddSingleton<UserStates>()
            .AddSingleton<Rotation.IndexRotation>()
            .AddSingleton<Rotation.IndexRehash>()
            .AddSingleton<Rotation.RotationStatus>();

    public static async Task<Results<Ok<ResolvedUser>, Problem>> ResolveAsync(
        [CheckedByEndpoint] IdentityRequest request,
        Call call,
        Resolver resolver
    ) => (await resolver.ResolveAsync(call.Caller, request, call.Cancellation)).ToResult(TypedResults.Ok);

    public static async Task<Results<Ok<IdentityResponse>, Created<IdentityResponse>, Problem>> LinkAsync(
        UserId id,
        [CheckedByEndpoint] IdentityRequest request,
        Call call,
        TenantKeys keys,
        IdentityLinks links
    )
    {
        var name = await IdentityName.ReadAsync(request, call.Caller, keys, call.Cancellation);
        return await name.ThenAsync(read => links.LinkAsync(call.Caller, id, read, call.Cancellation)) switch
        {
            Outcome<LinkedIdentity>.Done({ New: true } linked) => TypedResults.Created((string?)null, linked.Identity),
            Outcome<LinkedIdentity>.Done(var linked) => TypedResults.Ok(linked.Identity),
            var refused => refused.ToProblem(),
        };
    }

    public static async Task<Results<NoContent, Problem>> UnlinkAsync(
        UserId id,
        [Described("The identity's id.", OpenApiOperations.ExampleId)] Guid identityId,
        Call call,
        IdentityLinks links
    ) => (await links.UnlinkAsync(call.Caller, id, identityId, call.Cancellation)).ToResult(_ => TypedResults.NoContent());

    public static async Task<Results<Created<LinkCodeResponse>, Problem>> CreateCodeAsync(
        UserId id,
        Call call,
        UserMerges merges
    ) =>
        (await merges.CreateCodeAsync(call.Caller, id, call.Cancellation)).ToResult(code =>
            TypedResults.Created((string?)null, code)
        );
}

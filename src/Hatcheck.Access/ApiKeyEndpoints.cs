using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Access;

/// <summary>API keys, created and revoked by members, or by keys with the permission.</summary>
internal static class ApiKeyEndpoints
{
    public static void MapApiKeys(this IEndpointRouteBuilder routes)
    {
        var known = routes.ServiceProvider.GetRequiredService<KnownPermissions>();
        var keys = routes.MapGroup("/api-keys").WithTags("Access");
        keys.MapGet("", PageAsync)
            .RequirePermission(AccessPermissions.ApiKeysRead)
            .WithName("listApiKeys")
            .WithSummary("The tenant's API keys, without the keys; by id.")
            .Fails(422, "A parameter is out of its range; see `errors`.");
        keys.MapPost("", AddAsync)
            .Checks((ApiKeyRequest request, RequestFaults faults) => AccessInput.Permissions(request.Permissions, known, faults))
            .RequirePermission(AccessPermissions.ApiKeysWrite)
            .WithName("addApiKey")
            .WithSummary("Creates a key, with no more permissions than the caller's, and shows it once.")
            .Fails(409, "Two live keys have this name, or the tenant has reached the limit.");
        keys.MapDelete("/{keyId}", RevokeAsync)
            .RequirePermission(AccessPermissions.ApiKeysWrite)
            .WithName("revokeApiKey")
            .WithSummary("Revokes a key at once, on every node.")
            .Fails(404, "No such key.");
    }

    private static async Task<Results<Ok<ApiKeyPage>, Problem>> PageAsync(
        Page<IdCursor> page,
        Caller caller,
        ApiKeys keys,
        CancellationToken cancellation
    )
    {
        var found = await keys.PageAsync(caller.Tenant, page.After?.Id ?? default, page.Wanted, cancellation);
        var next = page.Cut(found, key => new IdCursor(key.Id));
        return TypedResults.Ok(new ApiKeyPage(found.ConvertAll(Response), next));
    }

    private static async Task<Results<Created<NewApiKeyResponse>, Problem>> AddAsync(
        ApiKeyRequest request,
        Call call,
        ApiKeys keys
    )
    {
        var life = request.ExpiresInDays is { } days ? TimeSpan.FromDays(days) : (TimeSpan?)null;
        var by = Grantor.Of(call.Caller);
        var added = await keys.AddAsync(by, request.Name!, request.Permissions!, life, demo: false, call.Cancellation);
        return added.ToResult(made => TypedResults.Created((string?)null, new NewApiKeyResponse(made.Key, Response(made.View))));
    }

    private static async Task<Results<NoContent, Problem>> RevokeAsync(
        [Described("The API key's id.", OpenApiOperations.ExampleId)] Guid keyId,
        Call call,
        ApiKeys keys
    ) => (await keys.RevokeAsync(Grantor.Of(call.Caller), keyId, call.Cancellation)).ToResult(_ => TypedResults.NoContent());

    private static ApiKeyResponse Response(ApiKeyView key) =>
        new(key.Id, key.Name, key.Hint, key.Scopes, key.CreatedAt, key.ExpiresAt, key.RevokedAt, key.LastUsedAt);
}

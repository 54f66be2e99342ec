using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Access;

/// <summary>API keys, made and revoked by members (or by keys that may).</summary>
internal static class ApiKeyEndpoints
{
    public static void MapApiKeys(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/api-keys").WithTags("Access");
        keys.MapGet("", PageAsync).RequirePermission(AccessPermissions.ApiKeysRead).WithName("listApiKeys").WithSummary("The tenant's API keys, without the keys; by id.")
            .Fails(422, "A parameter is out of its range; see `errors`.");
        keys.MapPost("", AddAsync).RequirePermission(AccessPermissions.ApiKeysWrite).WithName("addApiKey")
            .WithSummary("Makes a key, with no more permissions than the caller's, and shows it once.")
            .Fails(409, "Two live keys have this name, or the tenant has as many as it may.");
        keys.MapDelete("/{keyId}", RevokeAsync).RequirePermission(AccessPermissions.ApiKeysWrite).WithName("revokeApiKey")
            .WithSummary("Ends a key at once, on every node.").Fails(404, "No such key.");
    }

    private static async Task<Results<Ok<ApiKeyPage>, Problem>> PageAsync(int? limit, string? cursor, Caller caller, ApiKeys keys, CancellationToken cancellation)
    {
        if (AccessInput.Page(limit, cursor, out var most, out var after) is { } problem) return problem;
        var found = await keys.PageAsync(caller.Tenant, after, most + 1, cancellation);
        var items = found.Take(most).Select(Response).ToList();
        return TypedResults.Ok(new ApiKeyPage(items, found.Count > most ? items[^1].Id.ToString("N") : null));
    }

    private static async Task<Results<Created<NewApiKeyResponse>, Problem>> AddAsync(ApiKeyRequest request, Caller caller, ApiKeys keys, CancellationToken cancellation)
    {
        if ((AccessInput.Name(request.Name) ?? AccessInput.Permissions(request.Permissions, keys.Known)) is { } problem) return problem;
        if (request.ExpiresInDays is < 1 or > 3650) return Problems.Invalid("expires_in_days", "1 to 3650.");
        var life = request.ExpiresInDays is { } days ? TimeSpan.FromDays(days) : (TimeSpan?)null;
        return await keys.AddAsync(Grantor.Of(caller), request.Name!, request.Permissions!, life, demo: false, cancellation) switch
        {
            Outcome<MadeApiKey>.Done(var made) => TypedResults.Created((string?)null, new NewApiKeyResponse(made.Key, Response(made.View))),
            var refused => refused.ToProblem(),
        };
    }

    private static async Task<Results<NoContent, Problem>> RevokeAsync(Guid keyId, Caller caller, ApiKeys keys, CancellationToken cancellation) =>
        await keys.RevokeAsync(Grantor.Of(caller), keyId, cancellation) switch
        {
            Outcome<Guid>.Done => TypedResults.NoContent(),
            var refused => refused.ToProblem(),
        };

    private static ApiKeyResponse Response(ApiKeyView key) =>
        new(key.Id, key.Name, key.Hint, key.Scopes, key.CreatedAt, key.ExpiresAt, key.RevokedAt, key.LastUsedAt);
}

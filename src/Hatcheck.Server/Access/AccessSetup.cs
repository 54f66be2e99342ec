using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Access;

/// <summary>Who may call: one policy per scope, and whatever says nothing is closed.</summary>
internal static class AccessSetup
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<ApiKeyUse>();
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeyUse>());
        services.AddSingleton<Tenants>();
        services.AddSingleton<ApiKeys>();
        services.AddAuthentication(ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        var authorization = services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        foreach (var scope in Scopes.All) authorization.AddPolicy(scope, policy => policy.RequireClaim("scope", scope));
        return services;
    }

    public static void MapAccess(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/tenant", Tenant).RequireAuthorization().WithTags("Access").WithName("getTenant")
            .WithSummary("What the tenant of the calling key is.");

    private static async Task<Ok<TenantResponse>> Tenant(Caller caller, Platform.Keys.TenantKeys keys, CancellationToken cancellation)
    {
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        return TypedResults.Ok(new TenantResponse(caller.Tenant, caller.TenantName, caller.BlindOnly, caller.IndexScheme, set.Index[0].Version));
    }
}

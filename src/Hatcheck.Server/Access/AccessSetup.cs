using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Server.Access;

/// <summary>Who may call: one policy per scope, and whatever says nothing is closed.</summary>
internal static class AccessSetup
{
    /// <summary>What the CLI needs too.</summary>
    public static IServiceCollection AddTenants(this IServiceCollection services) => services.AddSingleton<Tenants>().AddSingleton<ApiKeys>();

    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<ApiKeyUse>();
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeyUse>());
        // The core only: AddAuthentication would bring data protection, which writes a key ring to the home folder that nothing here uses.
        services.AddAuthenticationCore(options =>
        {
            options.DefaultScheme = ApiKeyAuthentication.SchemeName;
            options.AddScheme<ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, displayName: null);
        });
        services.AddWebEncoders();
        services.AddTransient<ApiKeyAuthentication>();
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

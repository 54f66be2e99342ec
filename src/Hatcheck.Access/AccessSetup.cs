using System.Diagnostics;
using Hatcheck.Access.Callers;
using Hatcheck.Access.Sessions;
using Hatcheck.Access.SignIn;
using Hatcheck.Access.Staff;
using Hatcheck.Access.TelegramLogin;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Hatcheck.Access;

/// <summary>Registers authentication. Each endpoint declares a permission; one that declares none is closed.</summary>
internal static class AccessSetup
{
    /// <summary>Services that the CLI needs too.</summary>
    public static IServiceCollection AddTenants(this IServiceCollection services) =>
        services
            .AddSingleton<BuiltInRoles>()
            .AddSingleton<Tenants>()
            .AddSingleton<StaffChanges>()
            .AddSingleton<ApiKeys>()
            .AddSingleton<CustomRoles>()
            .AddSingleton<Members>()
            .AddSessions();

    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        // The core only: AddAuthentication would add data protection, which writes an unused key ring to the home folder.
        services.AddAuthenticationCore(options =>
        {
            options.DefaultScheme = CallerAuthentication.SchemeName;
            options.AddScheme<CallerAuthentication>(CallerAuthentication.SchemeName, displayName: null);
        });
        services.AddSingleton(provider => new DemoKeys(Listening.IsLoopbackOnly(provider.GetRequiredService<IConfiguration>())));
        services.AddWebEncoders();
        services.AddTransient<CallerAuthentication>();
        services.AddSingleton<IBearerCallers, ApiKeyCallers>();
        // Before the tokens of other issuers: a token that claims this installation as issuer is checked as an own token.
        services.AddSingleton<IBearerCallers, OwnTokenCallers>();
        services.AddSingleton<IBearerCallers, SignInCallers>();
        services.AddSingleton<TrustedIssuers>().AddSingleton<ExternalPersons>();
        services.AddSignedInSessions();
        services.AddSingleton<MemberCallers>().AddSingleton<PersonCallers>();
        services.AddSingleton<IAuthorizationHandler, PermissionHandler>();
        var policy = new AuthorizationPolicyBuilder()
            .RequireAuthenticatedUser()
            .AddRequirements(HoldsPermission.Instance)
            .Build();
        services.AddAuthorizationBuilder().SetDefaultPolicy(policy).SetFallbackPolicy(policy);
        return services;
    }

    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/tenant", Tenant)
            .RequirePermission(KnownPermissions.TenantRead)
            .WithTags("Access")
            .WithName("getTenant")
            .WithSummary("The caller's tenant.");
        routes
            .MapGet("/me", Me)
            .RequirePermission(KnownPermissions.TenantRead, Reach.Caller)
            .WithTags("Access")
            .WithName("getCaller")
            .WithSummary("The authenticated caller and their permissions.");
        routes.MapApiKeys();
        routes.MapRoles();
        routes.MapMembers();
        routes.MapSessions();
        routes.MapAuth();
        routes.MapTelegramLogin();
    }

    private static Ok<CallerResponse> Me(Caller caller)
    {
        var (kind, id) = caller switch
        {
            Caller.ServiceKey key => ("service_key", key.Key),
            Caller.Member member => ("member", member.Id),
            Caller.Person person => ("person", person.User),
            _ => throw new UnreachableException(),
        };
        return TypedResults.Ok(
            new CallerResponse(kind, id, caller.Tenant, [.. caller.Permissions.Order(StringComparer.Ordinal)])
        );
    }

    private static async Task<Ok<TenantResponse>> Tenant(
        Caller caller,
        Platform.Keys.TenantKeys keys,
        CancellationToken cancellation
    )
    {
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        return TypedResults.Ok(
            new TenantResponse(caller.Tenant, caller.TenantName, caller.BlindOnly, caller.IndexScheme, set.Index[0].Version)
        );
    }
}

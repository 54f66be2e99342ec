namespace Hatcheck.Server.Platform.Limits;

/// <summary>Puts the limits around the end points.</summary>
internal static class LimitsSetup
{
    public static IServiceCollection AddLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<LimitOptions>().Bind(configuration.GetSection(LimitOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        return services.AddSingleton<SubjectNames>().AddSingleton<PermitLedger>().AddSingleton<SecurityEvents>().AddSingleton<FailedSignIns>().AddSingleton<RateLimits>();
    }

    /// <summary>Before authentication: the address's limit, and the delay of who failed.</summary>
    public static void UseAddressLimits(this WebApplication app)
    {
        var (limits, failed) = (app.Services.GetRequiredService<RateLimits>(), app.Services.GetRequiredService<FailedSignIns>());
        app.Use(next => context => limits.AddressAsync(context, next));
        app.Use(next => context => failed.GateAsync(context, next));
    }

    /// <summary>After authentication: the caller's limit, and that of the user in the path.</summary>
    public static void UseCallerLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<RateLimits>();
        app.Use(next => context => limits.CallerAsync(context, next));
    }
}

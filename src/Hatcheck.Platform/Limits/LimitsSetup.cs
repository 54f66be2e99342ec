namespace Hatcheck.Platform.Limits;

/// <summary>Adds the limits to the request pipeline.</summary>
internal static class LimitsSetup
{
    public static IServiceCollection AddLimits(this IServiceCollection services)
    {
        return services
            .AddSingleton<SubjectNames>()
            .AddSingleton<PermitLedger>()
            .AddSingleton<SecurityEvents>()
            .AddSingleton<FailedSignIns>()
            .AddSingleton<RateLimits>();
    }

    /// <summary>Before authentication: the address's limit, and the delay after failed sign-ins.</summary>
    public static void UseAddressLimits(this WebApplication app)
    {
        var (limits, failed) = (OnFirstRequest<RateLimits>(app), OnFirstRequest<FailedSignIns>(app));
        app.Use(next => context => limits.Value.AddressAsync(context, next));
        app.Use(next => context => failed.Value.GateAsync(context, next));
    }

    /// <summary>After authentication: the caller's limit.</summary>
    public static void UseCallerLimits(this WebApplication app)
    {
        var limits = OnFirstRequest<RateLimits>(app);
        app.Use(next => context => limits.Value.CallerAsync(context, next));
    }

    /// <summary>After authorization: the limit of the user in the path.</summary>
    public static void UseUserLimits(this WebApplication app)
    {
        var limits = OnFirstRequest<RateLimits>(app);
        app.Use(next => context => limits.Value.UserAsync(context, next));
    }

    // Lazy, because they need the KEK, and resolving it creates its file; start-up must first see whether the file exists.
    private static Lazy<T> OnFirstRequest<T>(WebApplication app)
        where T : notnull => new(app.Services.GetRequiredService<T>);
}

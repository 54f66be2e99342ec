using Hatcheck.Crypto;
using Hatcheck.Server.Access.Callers;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Limits;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;
using Hatcheck.Server.Platform.Telemetry;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server;

/// <summary>What the service is made of, for <c>serve</c>, <c>demo</c>, the CLI and the tests alike.</summary>
internal static class Composition
{
    /// <summary>What every capability declares of its tables, in no order that matters.</summary>
    public static TableInventory Tables { get; } = TableInventory.Of(Capabilities.All.Select(capability => capability.Tables));

    /// <summary>Everything below HTTP: what CLI verbs need too.</summary>
    public static IServiceCollection AddHatcheckCore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IKeyEncryptionKey>(provider =>
            provider.GetRequiredService<IOptions<KeyOptions>>().Value.Open(provider.GetRequiredService<IOptions<DataOptions>>().Value));
        services.AddHatcheckDatabase(configuration);
        services.AddSingleton<UserKeys>().AddSingleton<TenantKeys>().AddSingleton<KeyInventory>().AddSingleton<IndexKeyExport>().AddSingleton<AuditTrail>();
        services.AddSingleton<Startup>().AddSingleton(Tables).AddSingleton<PersonalData>();
        foreach (var capability in Capabilities.All)
        {
            services.AddSingleton(capability);
            foreach (var settings in capability.Settings) settings.Register(services);
            capability.AddServices(services);
        }

        return services;
    }

    /// <summary>The web application, not yet started.</summary>
    /// <param name="builder">Carries the configuration.</param>
    /// <param name="also">What the demo serves beside the API.</param>
    /// <param name="replace">Runs last: tests put their own clock or log in place.</param>
    public static WebApplication Build(WebApplicationBuilder builder, Action<WebApplication>? also = null, Action<IServiceCollection>? replace = null)
    {
        builder.Services.AddSafeLogging();
        builder.AddTelemetry();
        builder.AddHatcheckHttp();
        builder.Services.AddHatcheckCore(builder.Configuration);
        foreach (var capability in Capabilities.All) capability.AddServing(builder.Services);
        builder.Services.AddSingleton(new DemoKeys(Listening.IsLoopbackOnly(builder.Configuration)));
        replace?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseRouteSpans();
        app.UseHatcheckHttp();
        app.UseAddressLimits();
        app.UseAuthentication();
        app.UseCallerLimits();
        app.UseAuthorization();
        app.UseUserLimits();
        app.UseRequestForm();
        foreach (var capability in Capabilities.All) capability.Map(app);
        also?.Invoke(app);
        return app;
    }
}

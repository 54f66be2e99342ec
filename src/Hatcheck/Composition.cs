using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Http.Requests;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Limits;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.Platform.Telemetry;
using Hatcheck.Telemetry;
using Microsoft.Extensions.Options;

namespace Hatcheck;

/// <summary>Composes the service for <c>serve</c>, <c>demo</c>, the CLI and the tests.</summary>
internal static class Composition
{
    /// <summary>The tables that the capabilities declare; their order does not matter.</summary>
    public static TableInventory Tables { get; } = TableInventory.Of(Capabilities.All);

    /// <summary>The assemblies of this build with tables and scripts.</summary>
    public static CapabilityAssemblies Assemblies { get; } = CapabilityAssemblies.Of(Capabilities.All);

    /// <summary>The permissions that the capabilities declare.</summary>
    public static KnownPermissions Permissions { get; } = KnownPermissions.Of(Capabilities.All);

    /// <summary>The acts that the capabilities record.</summary>
    public static KnownActs Acts { get; } = KnownActs.Of(Capabilities.All);

    /// <summary>The events that the capabilities publish.</summary>
    public static KnownEvents Events { get; } = KnownEvents.Of(Capabilities.All);

    /// <summary>The kinds of problems that the capabilities declare.</summary>
    public static ProblemInventory Problems { get; } = new(Capabilities.All.SelectMany(capability => capability.Problems));

    /// <summary>Registers everything below HTTP, which CLI verbs need too.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="configuration">The settings.</param>
    /// <param name="capabilities">Null: those of this build. Tests add one.</param>
    public static IServiceCollection AddHatcheckCore(
        this IServiceCollection services,
        IConfiguration configuration,
        IReadOnlyList<Capability>? capabilities = null
    )
    {
        capabilities ??= Capabilities.All;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IKeyEncryptionKey>(provider =>
            provider
                .GetRequiredService<IOptions<KeyOptions>>()
                .Value.Open(provider.GetRequiredService<IOptions<DataOptions>>().Value)
        );
        services.AddSingleton(CapabilityAssemblies.Of(capabilities)).AddHatcheckDatabase(configuration);
        services.AddSingleton<DayKeys>().AddSingleton<PersonVaults>().AddSingleton<TenantKeys>().AddSingleton<KeyInventory>();
        services.AddSingleton<IndexKeyExport>().AddSingleton<AuditTrail>();
        services.AddSingleton<Startup>().AddSingleton<PersonalData>();
        services.AddSingleton(TableInventory.Of(capabilities)).AddSingleton(KnownPermissions.Of(capabilities));
        services.AddSingleton(KnownActs.Of(capabilities)).AddSingleton(KnownEvents.Of(capabilities));
        services.AddSingleton(new ProblemInventory(capabilities.SelectMany(capability => capability.Problems)));
        foreach (var capability in capabilities)
        {
            services.AddSingleton(capability);
            foreach (var settings in capability.Settings)
                settings.Register(services);
            foreach (var kind in capability.PersonalData)
                kind.Register(services);
            foreach (var table in capability.BlindIndexTables)
                table.Register(services);
            foreach (var job in capability.Jobs)
                job.Register(services);
            foreach (var sender in capability.OutboxSenders)
                sender.Register(services);
            capability.AddServices(services);
        }

        return services;
    }

    /// <summary>The web application, not yet started.</summary>
    /// <param name="builder">Holds the configuration.</param>
    /// <param name="also">What the demo serves besides the API.</param>
    /// <param name="replace">Runs last: tests replace the clock or the log.</param>
    /// <param name="capabilities">Null: those of this build. Tests add one.</param>
    public static WebApplication Build(
        WebApplicationBuilder builder,
        Action<WebApplication>? also = null,
        Action<IServiceCollection>? replace = null,
        IReadOnlyList<Capability>? capabilities = null
    )
    {
        capabilities ??= Capabilities.All;
        builder.Services.AddSafeLogging();
        builder.AddTelemetry();
        builder.AddHatcheckHttp();
        builder.Services.AddHatcheckCore(builder.Configuration, capabilities);
        foreach (var capability in capabilities)
        {
            foreach (var handler in capability.InboxHandlers)
                handler.Register(builder.Services);
            capability.AddServing(builder.Services);
        }

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
        var routes = app.MapGroup("").CheckRequests();
        if (JobOptions.IsOnly(builder.Configuration))
            routes.MapHealth();
        else
            foreach (var capability in capabilities)
                capability.Map(routes);
        also?.Invoke(app);
        return app;
    }
}

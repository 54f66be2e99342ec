using Hatcheck.Crypto;
using Hatcheck.Server.Access;
using Hatcheck.Server.Access.Callers;
using Hatcheck.Server.Access.Sessions;
using Hatcheck.Server.Access.Staff;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Limits;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;
using Hatcheck.Server.Platform.Telemetry;
using Hatcheck.Server.Preferences;
using Hatcheck.Server.Privacy;
using Hatcheck.Server.Profiles;
using Hatcheck.Server.Usage;
using Hatcheck.Server.Users;
using Hatcheck.Server.Webhooks;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server;

/// <summary>What the service is made of, for <c>serve</c>, <c>demo</c>, the CLI and the tests alike.</summary>
internal static class Composition
{
    /// <summary>What every capability declares of its tables, in no order that matters.</summary>
    public static TableInventory Tables { get; } = TableInventory.Of(
    [
        PlatformTables.Declared, InboxTables.Declared, AccessTables.Declared, StaffTables.Declared, SessionTables.Declared,
        UserTables.Declared, ProfileTables.Declared, PreferenceTables.Declared, UsageTables.Declared,
    ]);

    /// <summary>Everything below HTTP: what CLI verbs need too.</summary>
    public static IServiceCollection AddHatcheckCore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DatabaseOptions>().Bind(configuration.GetSection(DatabaseOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<DataOptions>().Bind(configuration.GetSection(DataOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<KeyOptions>().Bind(configuration.GetSection(KeyOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<DatabaseOptions>, DatabaseOptionsCheck>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IKeyEncryptionKey>(provider =>
            provider.GetRequiredService<IOptions<KeyOptions>>().Value.Open(provider.GetRequiredService<IOptions<DataOptions>>().Value));
        services.AddHatcheckDatabase(configuration[$"{DatabaseOptions.Section}:{nameof(DatabaseOptions.Provider)}"] ?? "sqlite");
        services.AddSingleton<UserKeys>().AddSingleton<TenantKeys>().AddSingleton<KeyInventory>().AddSingleton<IndexKeyExport>().AddSingleton<AuditTrail>();
        services.AddSingleton<Startup>().AddSingleton(Tables).AddSingleton<PersonalData>();
        return services.AddTenants().AddWebhooks(configuration).AddUsers().AddUsage().AddPreferences(configuration).AddPrivacy().AddProfiles(configuration);
    }

    /// <summary>The web application, not yet started.</summary>
    /// <param name="builder">Carries the configuration.</param>
    /// <param name="also">What the demo serves beside the API.</param>
    /// <param name="replace">Runs last: tests put their own clock or log in place.</param>
    public static WebApplication Build(WebApplicationBuilder builder, Action<WebApplication>? also = null, Action<IServiceCollection>? replace = null)
    {
        builder.AddSafeLogging();
        builder.AddTelemetry();
        builder.AddHatcheckHttp();
        builder.Services.AddHatcheckCore(builder.Configuration);
        builder.Services.AddLimits(builder.Configuration);
        builder.Services.AddAccess();
        builder.Services.AddHostedService<PurgeJob>();
        builder.Services.AddHostedService<InboxWorker>();
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
        app.MapHealth();
        app.MapOpenApiDocument();
        app.MapDocsPage();
        app.MapAccess();
        app.MapUsers();
        app.MapUsage();
        app.MapPreferences();
        app.MapPreferenceSchema();
        app.MapPrivacy();
        app.MapProfiles();
        app.MapWebhooks();
        also?.Invoke(app);
        return app;
    }
}

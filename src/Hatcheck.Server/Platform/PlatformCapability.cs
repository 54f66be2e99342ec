using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Jobs;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Limits;
using Hatcheck.Server.Platform.Outbound;
using Hatcheck.Server.Platform.Outbox;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;
using Hatcheck.Server.Platform.Telemetry;
using Hatcheck.Server.Platform.Verbs;

namespace Hatcheck.Server.Platform;

/// <summary>The floor itself, declared in the same way as what stands on it.</summary>
internal sealed class PlatformCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Health"] = "For load balancers and orchestrators.",
    };

    public override IReadOnlyList<Settings> Settings { get; } =
    [
        Platform.Settings.Of<DataOptions>(DataOptions.Section),
        Platform.Settings.Of<DatabaseOptions, DatabaseOptionsCheck>(DatabaseOptions.Section),
        Platform.Settings.Of<KeyOptions, KeyOptionsCheck>(KeyOptions.Section),
        Platform.Settings.Of<HttpOptions, HttpOptionsCheck>(HttpOptions.Section),
        Platform.Settings.Of<LimitOptions>(LimitOptions.Section),
        Platform.Settings.Of<JobOptions>(JobOptions.Section),
        Platform.Settings.Of<InboxOptions>(InboxOptions.Section),
        Platform.Settings.Of<OutboxOptions, OutboxOptionsCheck>(OutboxOptions.Section),
        Platform.Settings.Of<OutboundOptions, OutboundOptionsCheck>(OutboundOptions.Section),
        Platform.Settings.Of<TelemetryOptions>(TelemetryOptions.Section),
        Platform.Settings.Of<LoggingOptions>(LoggingOptions.Section),
    ];

    public override IReadOnlyList<ProblemKind> Problems => PlatformProblems.Declared;

    public override IReadOnlyList<Act> Acts { get; } = [.. PlatformActs.Declared, .. OutboxActs.Declared];

    public override IReadOnlyList<Table> Tables { get; } =
        [.. PlatformTables.Declared, .. JobTables.Declared, .. InboxTables.Declared, .. OutboxTables.Declared];

    public override IReadOnlyList<Part<IJob>> Jobs { get; } =
        [Part.Of<IJob, InboxCleaningJob>(), Part.Of<IJob, OutboxCleaningJob>(), Part.Of<IJob, DayKeyCacheJob>()];

    public override void AddServices(IServiceCollection services) =>
        services.AddInbox().AddOutbox().AddOutbound().AddSingleton<TenantDirectory>().AddSingleton<Idempotency>()
            .AddSingleton<JobLeases>().AddSingleton<JobRounds>();

    public override void AddServing(IServiceCollection services) =>
        services.AddLimits().AddSingleton<Readiness>().AddHostedService<InboxWorker>().AddHostedService<OutboxWorker>()
            .AddSingleton<JobRunner>().AddHostedService(provider => provider.GetRequiredService<JobRunner>());

    public override void Map(IEndpointRouteBuilder routes)
    {
        routes.MapHealth();
        routes.MapOpenApiDocument();
        ProblemPages.Map(routes);
        routes.MapDocsPage();
    }

    public override IReadOnlyList<VerbGroup> Verbs(IVerbHost host) =>
        [InboxVerbs.Of(host), OutboxVerbs.Of(host), IndexKeyVerb.Of(host), JobVerbs.Of(host)];
}

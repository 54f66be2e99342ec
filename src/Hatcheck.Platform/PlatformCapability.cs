using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Limits;
using Hatcheck.Platform.Outbound;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.Platform.Telemetry;
using Hatcheck.Platform.Verbs;
using Hatcheck.Platform.Webhooks;

namespace Hatcheck.Platform;

/// <summary>Declares Platform itself, in the same way as the capabilities built on it.</summary>
internal sealed class PlatformCapability : Capability
{
    public override IReadOnlyDictionary<string, string> Tags { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["Health"] = "For load balancers and orchestrators." };

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
        Platform.Settings.Of<TelemetryOptions, TelemetryOptionsCheck>(TelemetryOptions.Section),
        Platform.Settings.Of<LoggingOptions>(LoggingOptions.Section),
    ];

    public override IReadOnlyList<ProblemKind> Problems => PlatformProblems.Declared;

    public override IReadOnlyList<Act> Acts { get; } = [.. PlatformActs.Declared, .. OutboxActs.Declared];

    public override IReadOnlyList<Table> Tables { get; } =
    [.. PlatformTables.Declared, .. JobTables.Declared, .. InboxTables.Declared, .. OutboxTables.Declared];

    public override IReadOnlyList<Part<IJob>> Jobs { get; } =
    [Part.Of<IJob, InboxCleaningJob>(), Part.Of<IJob, OutboxCleaningJob>(), Part.Of<IJob, DayKeyCacheJob>()];

    public override IReadOnlyList<Part<IOutboxSender>> OutboxSenders { get; } = [Part.Of<IOutboxSender, WebhookSender>()];

    public override void AddServices(IServiceCollection services) =>
        services
            .AddInbox()
            .AddOutbox()
            .AddOutbound()
            .AddSingleton<TenantDirectory>()
            .AddSingleton<Idempotency>()
            .AddSingleton<JobLeases>()
            .AddSingleton<JobRounds>();

    public override void AddServing(IServiceCollection services) =>
        services
            .AddLimits()
            .AddSingleton<Readiness>()
            .AddHostedService<InboxWorker>()
            .AddHostedService<OutboxWorker>()
            .AddSingleton<JobRunner>()
            .AddHostedService(provider => provider.GetRequiredService<JobRunner>());

    public override void Map(IEndpointRouteBuilder routes)
    {
        routes.MapHealth();
        routes.MapOpenApiDocument();
        ProblemPages.Map(routes);
        routes.MapDocsPage();
    }

    public override IReadOnlyList<VerbGroup> Verbs(IVerbHost host) =>
        [InboxVerbs.Of(host), OutboxVerbs.Of(host), EndpointVerbs.Of(host), IndexKeyVerb.Of(host), JobVerbs.Of(host)];
}

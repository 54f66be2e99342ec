using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Inbox;

/// <summary>Cleans the inboxes of all tenants, including those whose endpoint was removed.</summary>
internal sealed partial class InboxCleaningJob(
    InboxCleaning cleaning,
    IEngine engine,
    IEnumerable<IInboxHandler> handlers,
    IOptions<InboxOptions> options,
    ILogger<InboxCleaningJob> logger
) : IJob
{
    public string Name => "inbox-cleaning";

    public string Counts => "events discarded unprocessed";

    public JobSchedule Schedule { get; } = JobSchedule.Every(TimeSpan.FromHours(1));

    // Without the maintenance role each node cleans the tenants that it processes, since none can clean for all.
    public bool IsPerNode => !engine.SeesEveryTenant;

    public bool IsOn => options.Value.Work;

    public async Task<int> RunAsync(JobRun run, CancellationToken cancellation) =>
        await JobParts.EachAsync(
            await TenantsAsync(cancellation),
            async tenant =>
            {
                var lost = await cleaning.RunAsync(run, tenant, cancellation);
                if (lost > 0)
                    Lost(tenant, lost);
                return lost;
            },
            NotCleaned,
            cancellation
        );

    private async Task<IReadOnlyList<Guid>> TenantsAsync(CancellationToken cancellation) =>
        engine.SeesEveryTenant
            ? await cleaning.TenantsAsync(cancellation)
            : [.. handlers.SelectMany(handler => handler.Tenants).Distinct()];

    [LoggerMessage(Level = LogLevel.Warning, Message = "The inbox of the tenant {Tenant} was not cleaned ({Fault}).")]
    private partial void NotCleaned(Guid tenant, string fault);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{Count} events of the tenant {Tenant} were discarded unprocessed: the key of their day is destroyed."
    )]
    private partial void Lost(Guid tenant, int count);
}

using Hatcheck.Platform.Jobs;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Outbox;

/// <summary>Cleans the outboxes of all tenants.</summary>
internal sealed partial class OutboxCleaningJob(
    OutboxCleaning cleaning,
    OutboxQueue queue,
    IOptions<OutboxOptions> options,
    ILogger<OutboxCleaningJob> logger
) : IJob
{
    public string Name => "outbox-cleaning";

    public string Counts => "events discarded undelivered";

    public JobSchedule Schedule { get; } = JobSchedule.Every(TimeSpan.FromHours(1));

    public bool IsOn => options.Value.Work;

    public async Task<int> RunAsync(JobRun run, CancellationToken cancellation) =>
        await JobParts.EachAsync(
            await queue.TenantsAsync(cancellation),
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The outbox of the tenant {Tenant} was not cleaned ({Fault}).")]
    private partial void NotCleaned(Guid tenant, string fault);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{Count} events of the tenant {Tenant} were discarded undelivered: they were too old."
    )]
    private partial void Lost(Guid tenant, int count);
}

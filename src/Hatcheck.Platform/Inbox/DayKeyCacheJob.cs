using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Keys;

namespace Hatcheck.Platform.Inbox;

/// <summary>
/// Drops past days' keys from each node's memory; <see cref="InboxCleaningJob"/> destroys the rows, on one node.
/// </summary>
internal sealed class DayKeyCacheJob(DayKeys keys) : IJob
{
    public string Name => "day-key-cache";

    public string Counts => "keys of past days dropped from memory";

    public JobSchedule Schedule { get; } = JobSchedule.Every(TimeSpan.FromHours(1));

    public bool IsPerNode => true;

    public Task<int> RunAsync(JobRun run, CancellationToken cancellation) => keys.ForgetAsync(cancellation);
}

using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Jobs;
using Microsoft.Extensions.Options;

namespace Hatcheck.People.Profiles;

/// <summary>Runs the retention purge.</summary>
internal sealed class PurgeJob(RetentionPurge purge, IOptions<ProfileOptions> options) : IJob
{
    public string Name => "purge";

    public string Counts => "users erased whose grace period is over";

    public JobSchedule Schedule => JobSchedule.Every(options.Value.PurgeInterval);

    public async Task<int> RunAsync(JobRun run, CancellationToken cancellation) =>
        (await purge.RunAsync(run, Actor.Job(Name), cancellation)).OrThrow();
}

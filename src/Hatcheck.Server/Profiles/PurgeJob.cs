using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Jobs;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Profiles;

/// <summary>Runs the purge, on whichever node gets the lease.</summary>
internal sealed class PurgeJob(RetentionPurge purge, IOptions<ProfileOptions> options) : IJob
{
    public string Name => "purge";

    public string Counts => "users erased whose grace period is over";

    public TimeSpan Interval => options.Value.PurgeInterval;

    public async Task<int> RunAsync(CancellationToken cancellation) =>
        (await purge.RunAsync(Actor.Job(Name), cancellation))?.Erased ?? 0;
}

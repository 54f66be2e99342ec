using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.Sessions;

/// <summary>Deletes expired sessions, and signing keys whose last token has expired.</summary>
internal sealed class SessionPurge(Database database, SigningKeys keys, IOptions<OwnSessionOptions> options) : IJob
{
    public string Name => "session-purge";

    public string Counts => "expired sessions deleted";

    public JobSchedule Schedule => JobSchedule.Every(options.Value.PurgeInterval);

    public async Task<int> RunAsync(JobRun run, CancellationToken cancellation)
    {
        await keys.PurgeAsync(run, cancellation);
        return await database.WriteAcrossTenantsAsync(
            async (all, stop) =>
            {
                // A backlog may take longer than a request's time-out.
                all.NoTimeout = true;
                await run.HoldAsync(all, stop);
                return await all.ExecuteAsync("delete from sessions where expires_at <= {now}", [], stop);
            },
            cancellation
        );
    }
}

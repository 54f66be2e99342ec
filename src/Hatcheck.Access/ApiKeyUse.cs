using System.Collections.Concurrent;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Access;

/// <summary>
/// Collects the time of each key's last use and stores it every 30 seconds and at shutdown, so that requests do not write.
/// </summary>
internal sealed class ApiKeyUse(Database database, TimeProvider time) : IJob
{
    private const string Update =
        "update api_keys set last_used_at = $3 where tenant_id = $1 and key_id = $2 and (last_used_at is null "
        + "or last_used_at < $3)";

    private readonly ConcurrentDictionary<(Guid Tenant, Guid Key), DateTimeOffset> used = new();

    public string Name => "api-key-use";

    public string Counts => "API keys noted as used";

    public JobSchedule Schedule { get; } = JobSchedule.Every(TimeSpan.FromSeconds(30));

    // Each node stores what it holds in memory.
    public bool IsPerNode => true;

    public bool IsHousekeeping => false;

    public bool RunsAtStop => true;

    public void Note(Guid tenant, Guid key) => used[(tenant, key)] = time.Now();

    /// <summary>Stores the collected times. Those that cannot be stored now stay for the next round.</summary>
    public Task<int> FlushAsync(CancellationToken cancellation) =>
        JobParts.EachAsync(
            used.ToArray(),
            async noted =>
            {
                var ((tenant, key), at) = noted;
                await database.ExecuteAsync(tenant, [(Update, [tenant, key, at])], cancellation);
                used.TryRemove(noted);
                return 1;
            },
            (_, _) => { },
            cancellation
        );

    /// <summary>Returns 0: an operator needs no report of each round.</summary>
    public async Task<int> RunAsync(JobRun run, CancellationToken cancellation)
    {
        await FlushAsync(cancellation);
        return 0;
    }
}

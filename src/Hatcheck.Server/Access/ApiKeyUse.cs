using System.Collections.Concurrent;
using Hatcheck.Server.Platform.Storage;

namespace Hatcheck.Server.Access;

/// <summary>Remembers when each key was last used and writes it down every 30 seconds and at the stop, so that requests do not write.</summary>
internal sealed partial class ApiKeyUse(Database database, TimeProvider time, ILogger<ApiKeyUse> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<(Guid Tenant, Guid Key), DateTimeOffset> used = new();

    public void Note(Guid tenant, Guid key) => used[(tenant, key)] = time.Now();

    /// <summary>Writes down what has been noted. What can't be written now is tried again with the next round.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        foreach (var (id, at) in used.ToArray())
        {
            await database.ExecuteAsync(
                id.Tenant,
                [("update api_keys set last_used_at = $3 where tenant_id = $1 and key_id = $2 and (last_used_at is null or last_used_at < $3)", [id.Tenant, id.Key, at])],
                cancellation);
            used.TryRemove(new KeyValuePair<(Guid, Guid), DateTimeOffset>(id, at));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await TryFlushAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The server stops: StopAsync flushes once more.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryFlushAsync(cancellationToken);
    }

    private async Task TryFlushAsync(CancellationToken cancellation)
    {
        try
        {
            await FlushAsync(cancellation);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            NotWritten(StorageFaults.Classify(fault));
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Last-used times of keys were not written ({Kind}); they are kept for the next round.")]
    private partial void NotWritten(StorageFault kind);
}

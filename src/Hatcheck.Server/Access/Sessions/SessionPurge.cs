using Hatcheck.Server.Access.Tokens;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Access.Sessions;

/// <summary>
/// Clears away sessions whose time is over and signing keys whose last token has expired, at the start and then every
/// <see cref="OwnSessionOptions.PurgeInterval"/>. Neither opens anything any more; two nodes that do it at once do no harm.
/// </summary>
internal sealed partial class SessionPurge(
    Database database,
    SigningKeys keys,
    NodeClock clock,
    IOptions<OwnSessionOptions> options,
    TimeProvider time,
    ILogger<SessionPurge> logger) : BackgroundService
{
    /// <summary>One round; how many sessions were cleared away. Needs the maintenance role.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await keys.PurgeAsync(cancellation);
        return await database.WriteAcrossTenantsAsync((all, stop) => all.ExecuteAsync("delete from sessions where expires_at <= {now}", [], stop), cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PurgeInterval, time);
        try
        {
            do
            {
                if (!await TryRunAsync(stoppingToken)) return;
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The server stops; what is left is the next node's.
        }
    }

    /// <summary>False if this node never can.</summary>
    private async Task<bool> TryRunAsync(CancellationToken cancellation)
    {
        try
        {
            if (!await clock.MayHousekeepAsync("session-purge", cancellation)) return true;
            if (await RunAsync(cancellation) is > 0 and var count) Purged(count);
            return true;
        }
        catch (OperatorException)
        {
            CannotPurge();
            return false;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            NotPurged(StorageFaults.Classify(fault));
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Cleared away {Count} sessions whose time was over.")]
    private partial void Purged(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This node does not clear away sessions whose time is over: it has no Database:MaintenanceConnectionString.")]
    private partial void CannotPurge();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sessions whose time is over were not cleared away ({Kind}); it is tried again with the next round.")]
    private partial void NotPurged(StorageFault kind);
}

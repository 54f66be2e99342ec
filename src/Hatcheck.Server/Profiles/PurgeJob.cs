using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Storage;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Profiles;

/// <summary>Runs the purge at the start and then every <see cref="ProfileOptions.PurgeInterval"/>, on whichever node gets the lease.</summary>
internal sealed partial class PurgeJob(
    Purging purging, NodeClock clock, IOptions<ProfileOptions> options, TimeProvider time, ILogger<PurgeJob> logger) : BackgroundService
{
    /// <summary>How the job is named in the audit log.</summary>
    public const string Actor = "job:purge";

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
            // The server stops; who is left is the next node's.
        }
    }

    /// <summary>One round; false if this node never can.</summary>
    public async Task<bool> TryRunAsync(CancellationToken cancellation)
    {
        try
        {
            if (!await clock.MayHousekeepAsync("purge", cancellation)) return true;
            if (await purging.RunAsync(Actor, cancellation) is { Erased: > 0 } report) Purged(report.Erased);
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Erased {Count} users whose grace period is over.")]
    private partial void Purged(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "This node does not erase deleted users: it has no Database:MaintenanceConnectionString. Give it one, or run `hatcheck users purge` every day.")]
    private partial void CannotPurge();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The purge did not run ({Kind}); it is tried again with the next round.")]
    private partial void NotPurged(StorageFault kind);
}

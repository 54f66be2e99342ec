using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Jobs;

/// <summary>Extends a claim's lease until the work ends, and cancels the work if the lease is lost.</summary>
internal sealed class JobHeartbeat : IAsyncDisposable
{
    private readonly CancellationTokenSource ended = new();
    private readonly CancellationTokenSource held;
    private readonly Task beats;

    /// <summary>Starts the heartbeat.</summary>
    /// <param name="leases">The table.</param>
    /// <param name="claim">The claim to extend.</param>
    /// <param name="begun">The timestamp taken before the claim was sent.</param>
    /// <param name="time">This node's clock.</param>
    /// <param name="cancellation">Cancelled when the server stops.</param>
    public JobHeartbeat(JobLeases leases, JobClaim claim, long begun, TimeProvider time, CancellationToken cancellation)
    {
        held = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        beats = BeatAsync(leases, claim, begun, time);
    }

    /// <summary>Cancelled when the lease is lost or the server stops.</summary>
    public CancellationToken Held => held.Token;

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await beats;
        held.Dispose();
        ended.Dispose();
    }

    private async Task BeatAsync(JobLeases leases, JobClaim claim, long begun, TimeProvider time)
    {
        try
        {
            var last = begun;
            while (true)
            {
                await Task.Delay(leases.Lease / 3, time, ended.Token);
                var now = time.GetTimestamp();
                try
                {
                    if (!await leases.ExtendAsync(claim, ended.Token))
                        break;
                    last = now;
                }
                catch (StorageBusyException)
                {
                    // The job itself holds the write lock, so no other process can take it.
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    if (time.GetElapsedTime(last) >= leases.Lease)
                        break;
                }
            }

            await held.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The work has ended.
        }
    }
}

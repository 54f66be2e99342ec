using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Jobs;

/// <summary>Extends a claim's lease until the work has ended, and ends the work once the lease is lost.</summary>
internal sealed class JobHeartbeat : IAsyncDisposable
{
    private readonly CancellationTokenSource ended = new();
    private readonly CancellationTokenSource held;
    private readonly Task beats;

    /// <summary>Begins.</summary>
    /// <param name="leases">The table.</param>
    /// <param name="claim">What is extended.</param>
    /// <param name="begun">The timestamp before the claim was sent.</param>
    /// <param name="time">This node's.</param>
    /// <param name="cancellation">The server stops.</param>
    public JobHeartbeat(JobLeases leases, JobClaim claim, long begun, TimeProvider time, CancellationToken cancellation)
    {
        held = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        beats = BeatAsync(leases, claim, begun, time);
    }

    /// <summary>Cancelled when the lease is lost, or the server stops.</summary>
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
                    // The job itself is the one writer, so nobody else can take it.
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

namespace Hatcheck.Platform.Queues;

/// <summary>Wakes a worker that waits for rows. Signals while it is not waiting count as one.</summary>
internal sealed class WakeSignal : IDisposable
{
    private readonly SemaphoreSlim signal = new(0, 1);

    /// <summary>Waits for a signal, or until it is time to look for other nodes' rows.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken cancellation) => await signal.WaitAsync(most, cancellation);

    public void Set()
    {
        try
        {
            if (signal.CurrentCount == 0)
                signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another thread was first.
        }
        catch (ObjectDisposedException)
        {
            // The server stops.
        }
    }

    public void Dispose() => signal.Dispose();
}

namespace Hatcheck.Platform.Queues;

/// <summary>Wakes a worker that waits for rows. Rings while nobody waits are remembered as one.</summary>
internal sealed class Bell : IDisposable
{
    private readonly SemaphoreSlim rung = new(0, 1);

    /// <summary>Waits until it rings, or for the time after which other nodes' rows are looked for.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken cancellation) => await rung.WaitAsync(most, cancellation);

    public void Ring()
    {
        try
        {
            if (rung.CurrentCount == 0)
                rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // Someone else rang in between.
        }
        catch (ObjectDisposedException)
        {
            // The server stops.
        }
    }

    public void Dispose() => rung.Dispose();
}

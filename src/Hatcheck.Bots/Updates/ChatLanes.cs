namespace Hatcheck.Bots.Updates;

/// <summary>
/// Handles updates: those of one lane in order, lanes side by side up to <paramref name="concurrency"/>. At most
/// <paramref name="capacity"/> updates wait or run; after that the caller waits or gets false.
/// </summary>
internal sealed class ChatLanes(Func<Update, CancellationToken, Task> handle, int concurrency, int capacity, TimeProvider time)
    : IDisposable
{
    // A stop waits this long for a handler that ignores its cancellation.
    private static readonly TimeSpan AfterAbort = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Dictionary<long, Queue<Update>> lanes = [];
    private readonly SemaphoreSlim room = new(capacity);
    private readonly SemaphoreSlim slots = new(concurrency);
    private readonly CancellationTokenSource abort = new();
    private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool closed;

    /// <summary>Takes an update. Waits while there is no room.</summary>
    public async Task EnqueueAsync(Update update, CancellationToken cancellation)
    {
        await room.WaitAsync(cancellation);
        Add(update);
    }

    /// <summary>Takes an update if there is room and the lanes are open.</summary>
    public bool TryEnqueue(Update update) => room.Wait(0) && Add(update);

    /// <summary>
    /// Takes no more updates and waits for those taken. False if the deadline passed and handlers were cancelled.
    /// </summary>
    public async Task<bool> DrainAsync(TimeSpan deadline)
    {
        lock (gate)
        {
            closed = true;
            if (lanes.Count == 0)
                idle.TrySetResult();
        }

        if (await EndsWithinAsync(deadline))
            return true;
        await abort.CancelAsync();
        await EndsWithinAsync(AfterAbort);
        return false;
    }

    public void Dispose()
    {
        room.Dispose();
        slots.Dispose();
        abort.Dispose();
    }

    private async Task<bool> EndsWithinAsync(TimeSpan limit)
    {
        try
        {
            await idle.Task.WaitAsync(limit, time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private bool Add(Update update)
    {
        lock (gate)
        {
            if (closed)
            {
                room.Release();
                return false;
            }

            if (lanes.TryGetValue(update.Lane, out var waiting))
            {
                waiting.Enqueue(update);
                return true;
            }

            lanes[update.Lane] = waiting = new Queue<Update>([update]);
            // The pump lives as long as the lane has work; DrainAsync waits for it.
            _ = Task.Run(() => PumpAsync(update.Lane, waiting));
            return true;
        }
    }

    private async Task PumpAsync(long lane, Queue<Update> waiting)
    {
        while (true)
        {
            Update next;
            lock (gate)
                next = waiting.Peek();
            try
            {
                // One update per slot: a busy chat then waits behind the others.
                await slots.WaitAsync(abort.Token);
                try
                {
                    await handle(next, abort.Token);
                }
                finally
                {
                    slots.Release();
                }
            }
            catch (OperationCanceledException) when (abort.IsCancellationRequested)
            {
                // The update was not handled. It stays unconfirmed and comes again.
            }

            lock (gate)
            {
                waiting.Dequeue();
                room.Release();
                if (waiting.Count > 0)
                    continue;
                lanes.Remove(lane);
                if (closed && lanes.Count == 0)
                    idle.TrySetResult();
                return;
            }
        }
    }
}

namespace Hatcheck.Simulator.Updates;

/// <summary>An update in its exact delivered bytes.</summary>
internal sealed record PendingUpdate(long Id, string Kind, ReadOnlyMemory<byte> Json, DateTimeOffset Arrived, long Lane);

/// <summary>The unconfirmed updates of a bot. Telegram keeps them for 24 hours.</summary>
internal sealed class UpdateQueue(TimeProvider time, long firstUpdateId)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>Maximum number; drops the oldest beyond it, so that a bot that never polls cannot fill the memory.</summary>
    public const int Most = 100_000;

    private readonly Lock gate = new();
    private readonly LinkedList<PendingUpdate> pending = new();
    private long nextId = firstUpdateId;
    private IReadOnlyList<string> allowed = [];
    private TaskCompletionSource arrival = NewSignal();

    /// <summary>The requested kinds; empty means all except those sent on request only.</summary>
    public IReadOnlyList<string> Allowed
    {
        get
        {
            lock (gate)
                return allowed;
        }
        set
        {
            lock (gate)
                allowed = value;
        }
    }

    public int Count
    {
        get
        {
            lock (gate)
            {
                DropOld();
                return pending.Count;
            }
        }
    }

    /// <summary>Completes when the next update arrives.</summary>
    public Task Arrival
    {
        get
        {
            lock (gate)
                return arrival.Task;
        }
    }

    /// <summary>Adds the update with its id; false if the bot did not request this kind.</summary>
    public bool Add(string kind, long lane, Func<long, ReadOnlyMemory<byte>> write)
    {
        TaskCompletionSource signal;
        lock (gate)
        {
            if (!Wants(kind))
                return false;
            if (pending.Count >= Most)
                pending.RemoveFirst();
            var id = nextId++;
            pending.AddLast(new PendingUpdate(id, kind, write(id), time.GetUtcNow(), lane));
            signal = arrival;
            arrival = NewSignal();
        }

        signal.TrySetResult();
        return true;
    }

    /// <summary>
    /// The first updates from <paramref name="offset"/> on; drops all before it as confirmed. A negative offset counts from
    /// the end.
    /// </summary>
    public IReadOnlyList<PendingUpdate> Read(long offset, int limit)
    {
        lock (gate)
        {
            DropOld();
            if (offset < 0)
            {
                // Not -offset: the smallest number has no positive counterpart.
                while (-pending.Count < offset)
                    pending.RemoveFirst();
            }
            else
            {
                while (pending.First is { } first && first.Value.Id < offset)
                    pending.RemoveFirst();
            }

            return pending.Take(limit).ToArray();
        }
    }

    /// <summary>The first undelivered updates, without confirming any.</summary>
    public IReadOnlyList<PendingUpdate> Peek(int most)
    {
        lock (gate)
        {
            DropOld();
            return pending.Take(most).ToArray();
        }
    }

    public void Confirm(PendingUpdate update)
    {
        lock (gate)
            pending.Remove(update);
    }

    public void Clear()
    {
        lock (gate)
            pending.Clear();
    }

    private bool Wants(string kind) =>
        allowed.Count == 0
            ? !UpdateKinds.OnRequestOnly.Contains(kind, StringComparer.Ordinal)
            : allowed.Contains(kind, StringComparer.Ordinal);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void DropOld()
    {
        var oldest = time.GetUtcNow() - Kept;
        while (pending.First is { } first && first.Value.Arrived < oldest)
            pending.RemoveFirst();
    }
}

namespace Hatcheck.Bots.Updates;

/// <summary>
/// Tracks which updates of <c>getUpdates</c> are being handled. Everything below the lowest of them may be confirmed.
/// Nothing is confirmed twice: after a week without updates Telegram may continue with lower ids, and an old offset
/// discards those.
/// </summary>
internal sealed class OffsetLedger
{
    // More than a whole poll's worth, since an unconfirmed update comes back with every poll.
    private const int Remembered = 10_000;

    private readonly Lock gate = new();
    private readonly SortedSet<long> open = [];
    private readonly RecentIds recent = new(Remembered);
    private long? highest;
    private long? confirmed;
    private TaskCompletionSource progress = NewSignal();

    public bool HasOpen
    {
        get
        {
            lock (gate)
                return open.Count > 0;
        }
    }

    /// <summary>Completes as soon as another update is handled.</summary>
    public Task Progress
    {
        get
        {
            lock (gate)
                return progress.Task;
        }
    }

    /// <summary>The offset of the next poll; null if there is nothing new to confirm.</summary>
    public long? OffsetToConfirm
    {
        get
        {
            lock (gate)
            {
                if (highest is null)
                    return null;
                var offset = open.Count > 0 ? open.Min : highest.Value + 1;
                return offset == confirmed ? null : offset;
            }
        }
    }

    /// <summary>True if the update is new; false if it was seen before.</summary>
    public bool Admit(long id)
    {
        lock (gate)
        {
            // A repeated update has to be confirmed too. Otherwise it would come for ever.
            if (highest is null || id > highest)
                highest = id;
            if (id < confirmed)
                confirmed = null;
            if (!recent.Add(id))
                return false;
            open.Add(id);
            return true;
        }
    }

    public void Handled(long id)
    {
        TaskCompletionSource signal;
        lock (gate)
        {
            open.Remove(id);
            signal = progress;
            progress = NewSignal();
        }

        signal.TrySetResult();
    }

    /// <summary>A poll with this offset succeeded.</summary>
    public void Confirmed(long offset)
    {
        lock (gate)
        {
            confirmed = offset;
            if (open.Count > 0 || highest is null || offset <= highest)
                return;
            highest = null;
            confirmed = null;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

namespace Hatcheck.Platform.Limits;

/// <summary>A subject's permits on this node, kept in memory: the leased block, and the node's own reserve.</summary>
internal sealed class PermitBucket(LimitPolicy policy)
{
    /// <summary>
    /// The first block's size; it doubles with each block used up in a window, and halves with each new window.
    /// </summary>
    private const int SmallestBlock = 64;
    private const int LargestBlock = 65_536;

    private readonly Lock gate = new();
    private readonly long[] reserve = new long[policy.Reserve];
    private int nextInReserve;
    private int available;
    private int taken;
    private int block = SmallestBlock;
    private int lastGrant;
    private bool exhausted;
    private bool leased;
    private DateTimeOffset ends;
    private long deadline;

    /// <summary>When it was last used; the longest idle bucket is dropped first. A race here is harmless.</summary>
    public long LastAsked { get; set; }

    /// <summary>A lease in progress, awaited by every request that needs it.</summary>
    public Task? Refill { get; set; }

    public Lock Gate => gate;

    /// <summary>Takes a permit, if there is one here.</summary>
    /// <param name="now">The node's monotonic clock.</param>
    /// <param name="reserveOpen">
    /// False until the process has run for one window: by then a reserve that a killed process emptied is full again.
    /// </param>
    /// <param name="ticksPerWindow">The window on the same clock, with a small margin.</param>
    public PermitVerdict Take(long now, bool reserveOpen, long ticksPerWindow)
    {
        lock (gate)
        {
            LastAsked = now;
            if (leased && now >= deadline)
                EndWindow();
            if (available > 0)
            {
                available--;
                // Leased ahead of need, so that no request waits for it.
                return !exhausted && available < lastGrant / 4 && Refill is null
                    ? PermitVerdict.TakenAndLow
                    : PermitVerdict.Taken;
            }

            if (reserveOpen && TakeFromReserve(now, ticksPerWindow))
                return PermitVerdict.Taken;
            return exhausted ? PermitVerdict.Refused : PermitVerdict.Ask;
        }
    }

    /// <summary>The number of permits to lease next.</summary>
    public int NextBlock()
    {
        lock (gate)
            return block;
    }

    /// <summary>Adds a leased block.</summary>
    /// <param name="lease">The database's lease.</param>
    /// <param name="until">
    /// The latest end of the window on the node's clock: counted from before the query, so never too late.
    /// </param>
    public void Add(PermitLease lease, long until)
    {
        lock (gate)
        {
            // The rest of an older window's block counted there.
            if (!leased || lease.Ends != ends)
                available = 0;
            (leased, ends, deadline) = (true, lease.Ends, until);
            available += lease.Granted;
            (taken, lastGrant) = (lease.Taken, lease.Granted);
            exhausted = lease.Taken >= policy.Leasable;
            block = Math.Min(LargestBlock, block * 2);
        }
    }

    /// <summary>The database is unreachable: grants this many permits of the node's own until then.</summary>
    public void Substitute(int permits, long until)
    {
        lock (gate)
        {
            (leased, ends, deadline) = (true, default, until);
            (available, lastGrant, taken, exhausted) = (permits, permits, policy.Leasable, true);
        }
    }

    /// <summary>The values for the headers: permits left as far as this node knows, and when there are new ones.</summary>
    public (int Remaining, long? Deadline) State()
    {
        lock (gate)
        {
            return leased ? (Math.Max(0, policy.Leasable - taken) + available, deadline) : (policy.Permits, null);
        }
    }

    private void EndWindow()
    {
        (leased, exhausted, available, taken) = (false, false, 0, 0);
        block = Math.Max(SmallestBlock, block / 2);
    }

    // A sliding log: no interval as long as the window gets more than the reserve, wherever the database's windows begin.
    private bool TakeFromReserve(long now, long ticksPerWindow)
    {
        if (reserve.Length == 0)
            return false;
        ref var oldest = ref reserve[nextInReserve];
        if (oldest != 0 && now - oldest < ticksPerWindow)
            return false;
        oldest = Math.Max(1, now);
        nextInReserve = (nextInReserve + 1) % reserve.Length;
        return true;
    }
}

internal enum PermitVerdict
{
    /// <summary>None left here: ask the database.</summary>
    Ask,

    Taken,

    /// <summary>Taken, and few are left: lease the next block.</summary>
    TakenAndLow,

    /// <summary>The window's permits are used up.</summary>
    Refused,
}

namespace Hatcheck.Platform.Limits;

/// <summary>What a subject may do on this node, kept in memory: the block that was leased, and the node's own pocket.</summary>
internal sealed class PermitBucket(LimitPolicy policy)
{
    /// <summary>
    /// How big a block is asked for at first; it doubles with each one spent in a window, and halves with each new window.
    /// </summary>
    private const int SmallestBlock = 64;
    private const int LargestBlock = 65_536;

    private readonly Lock gate = new();
    private readonly long[] pocket = new long[policy.Pocket];
    private int nextInPocket;
    private int available;
    private int taken;
    private int block = SmallestBlock;
    private int lastGrant;
    private bool exhausted;
    private bool leased;
    private DateTimeOffset ends;
    private long deadline;

    /// <summary>When it was last asked; the longest idle bucket is forgotten first. A race here costs nothing.</summary>
    public long LastAsked { get; set; }

    /// <summary>A lease under way, which everybody who needs it awaits.</summary>
    public Task? Refill { get; set; }

    public Lock Gate => gate;

    /// <summary>Takes a permit, if there is one here.</summary>
    /// <param name="now">Of the node's steady clock.</param>
    /// <param name="pocketOpen">False until the process has lived for a window: a pocket that a killed process has emptied
    /// fills up by then.</param>
    /// <param name="ticksPerWindow">The window on the same clock, with a little to spare.</param>
    public PermitVerdict Take(long now, bool pocketOpen, long ticksPerWindow)
    {
        lock (gate)
        {
            LastAsked = now;
            if (leased && now >= deadline)
                EndWindow();
            if (available > 0)
            {
                available--;
                // Asked for ahead of need, so that no request waits for it.
                return !exhausted && available < lastGrant / 4 && Refill is null
                    ? PermitVerdict.TakenAndLow
                    : PermitVerdict.Taken;
            }

            if (pocketOpen && TakeFromPocket(now, ticksPerWindow))
                return PermitVerdict.Taken;
            return exhausted ? PermitVerdict.Refused : PermitVerdict.Ask;
        }
    }

    /// <summary>How many permits to ask for.</summary>
    public int NextBlock()
    {
        lock (gate)
            return block;
    }

    /// <summary>Takes in a block.</summary>
    /// <param name="lease">What the database gave.</param>
    /// <param name="until">When the window is over at the latest, on the node's clock: counted from before the question, so
    /// never too late.</param>
    public void Add(PermitLease lease, long until)
    {
        lock (gate)
        {
            // What is left of an older window's block was counted there.
            if (!leased || lease.Ends != ends)
                available = 0;
            (leased, ends, deadline) = (true, lease.Ends, until);
            available += lease.Granted;
            (taken, lastGrant) = (lease.Taken, lease.Granted);
            exhausted = lease.Taken >= policy.Leasable;
            block = Math.Min(LargestBlock, block * 2);
        }
    }

    /// <summary>The database can't be asked: this many permits of the node's own until then.</summary>
    public void Substitute(int permits, long until)
    {
        lock (gate)
        {
            (leased, ends, deadline) = (true, default, until);
            (available, lastGrant, taken, exhausted) = (permits, permits, policy.Leasable, true);
        }
    }

    /// <summary>What the headers say: permits left as far as this node knows, and when there are new ones.</summary>
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

    // A sliding log: in no interval as long as the window more than the pocket holds, wherever the database's windows begin.
    private bool TakeFromPocket(long now, long ticksPerWindow)
    {
        if (pocket.Length == 0)
            return false;
        ref var oldest = ref pocket[nextInPocket];
        if (oldest != 0 && now - oldest < ticksPerWindow)
            return false;
        oldest = Math.Max(1, now);
        nextInPocket = (nextInPocket + 1) % pocket.Length;
        return true;
    }
}

internal enum PermitVerdict
{
    /// <summary>Nothing is left here: the database is to be asked.</summary>
    Ask,

    Taken,

    /// <summary>Taken, and few are left: time to ask for the next block.</summary>
    TakenAndLow,

    /// <summary>The window's permits are gone.</summary>
    Refused,
}

using System.Collections.Concurrent;

namespace Hatcheck.Platform.Limits;

/// <summary>Whether a request may continue.</summary>
/// <param name="Allowed">Whether there was a permit.</param>
/// <param name="Remaining">Permits left as far as this node knows.</param>
/// <param name="Reset">The time until there are new ones.</param>
internal readonly record struct PermitState(bool Allowed, int Remaining, TimeSpan Reset);

/// <summary>
/// The subjects of one policy on this node. Bounded: the longest idle are dropped, with the rest of their blocks.
/// </summary>
internal sealed partial class PermitTable(
    LimitPolicy policy,
    int remembered,
    PermitLedger ledger,
    TimeProvider time,
    ILogger logger
)
{
    /// <summary>How long a node without the database grants permits on its own before it tries again.</summary>
    private static readonly TimeSpan FallbackFor = TimeSpan.FromSeconds(5);

    /// <summary>The longest that a request waits for permits.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<LimitSubject, PermitBucket> buckets = new();
    private readonly long started = time.GetTimestamp();

    // A thousandth more: two monotonic clocks differ by less.
    private readonly long ticksPerWindow = (long)(policy.Window.TotalSeconds * time.TimestampFrequency * 1.001);
    private long lastLogged = long.MinValue / 2;
    private int count;
    private int sweeping;

    public LimitPolicy Policy => policy;

    public int Count => count;

    /// <summary>Takes a permit for a request.</summary>
    public ValueTask<PermitState> TakeAsync(LimitSubject subject)
    {
        var bucket = Find(subject);
        var verdict = Take(bucket);
        if (verdict == PermitVerdict.TakenAndLow)
            _ = RefillAsync(bucket, subject);
        return verdict == PermitVerdict.Ask
            ? AskAsync(bucket, subject)
            : ValueTask.FromResult(StateOf(bucket, verdict != PermitVerdict.Refused));
    }

    private async ValueTask<PermitState> AskAsync(PermitBucket bucket, LimitSubject subject)
    {
        // This ends: each lease brings permits or reports that there are none, and the requests that took them were
        // answered.
        while (true)
        {
            await RefillAsync(bucket, subject);
            if (Take(bucket) is var verdict and not PermitVerdict.Ask)
                return StateOf(bucket, verdict != PermitVerdict.Refused);
        }
    }

    private PermitVerdict Take(PermitBucket bucket)
    {
        var now = time.GetTimestamp();
        return bucket.Take(now, now - started >= ticksPerWindow, ticksPerWindow);
    }

    // One lease at a time per subject, however many requests wait for it.
    private Task RefillAsync(PermitBucket bucket, LimitSubject subject)
    {
        lock (bucket.Gate)
        {
            if (bucket.Refill is { } underWay)
                return underWay;
            var refill = LeaseAsync(bucket, subject);
            if (!refill.IsCompleted)
                bucket.Refill = refill;
            return refill;
        }
    }

    private async Task LeaseAsync(PermitBucket bucket, LimitSubject subject)
    {
        // Outside the bucket's lock, and not tied to one request that may be cancelled.
        await Task.Yield();
        var asked = time.GetTimestamp();
        try
        {
            using var limit = new CancellationTokenSource(LongestWait, time);
            var lease = await ledger.LeaseAsync(policy, subject, bucket.NextBlock(), limit.Token);
            bucket.Add(lease, asked + Ticks(lease.Left));
        }
        catch (Exception fault)
        {
            // The node's fair share of these seconds: all nodes together grant at most the limit once more.
            var share =
                policy.Permits
                * FallbackFor.TotalSeconds
                / Math.Max(policy.Window.TotalSeconds, FallbackFor.TotalSeconds)
                / policy.Nodes;
            bucket.Substitute(Math.Max(1, (int)share), asked + Ticks(FallbackFor));
            // Logged once for these seconds, not for each subject.
            if (asked - Interlocked.Read(ref lastLogged) < Ticks(FallbackFor))
                return;
            Interlocked.Exchange(ref lastLogged, asked);
            LeaseFailed(policy.Name, Storage.StorageFaults.Classify(fault));
        }
        finally
        {
            lock (bucket.Gate)
                bucket.Refill = null;
        }
    }

    private PermitBucket Find(LimitSubject subject)
    {
        if (buckets.TryGetValue(subject, out var bucket))
            return bucket;
        var made = new PermitBucket(policy) { LastAsked = time.GetTimestamp() };
        bucket = buckets.GetOrAdd(subject, made);
        if (ReferenceEquals(bucket, made) && Interlocked.Increment(ref count) > remembered)
            Forget();
        return bucket;
    }

    // An eighth at a time, which spreads the cost of the search over as many new buckets.
    private void Forget()
    {
        if (Interlocked.Exchange(ref sweeping, 1) == 1)
            return;
        try
        {
            var all = buckets.ToArray();
            // Read once, because the values change during the sort.
            var asked = Array.ConvertAll(all, static entry => entry.Value.LastAsked);
            Array.Sort(asked, all);
            foreach (var entry in all.AsSpan(0, Math.Min(all.Length, 1 + (remembered / 8))))
            {
                if (buckets.TryRemove(entry))
                    Interlocked.Decrement(ref count);
            }
        }
        finally
        {
            Volatile.Write(ref sweeping, 0);
        }
    }

    private PermitState StateOf(PermitBucket bucket, bool allowed)
    {
        var (remaining, deadline) = bucket.State();
        var left = deadline is { } at
            ? TimeSpan.FromSeconds((at - time.GetTimestamp()) / (double)time.TimestampFrequency)
            : policy.Window;
        return new PermitState(allowed, allowed ? remaining : 0, left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Permits of the {Policy} limit can't be leased ({Kind}): this node grants its fair share on its own."
    )]
    private partial void LeaseFailed(string policy, Storage.StorageFault kind);
}

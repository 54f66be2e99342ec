using System.Collections.Concurrent;

namespace Hatcheck.Platform.Limits;

/// <summary>Whether a request may go on.</summary>
/// <param name="Allowed">Whether a permit was there.</param>
/// <param name="Remaining">Permits left as far as this node knows.</param>
/// <param name="Reset">Until there are new ones.</param>
internal readonly record struct PermitState(bool Allowed, int Remaining, TimeSpan Reset);

/// <summary>
/// One policy's subjects on this node. Bounded: the longest idle are forgotten, and with them what is left of their blocks.
/// </summary>
internal sealed partial class PermitTable(
    LimitPolicy policy,
    int remembered,
    PermitLedger ledger,
    TimeProvider time,
    ILogger logger
)
{
    /// <summary>For so long a node that can't ask goes by itself, before it tries again.</summary>
    private static readonly TimeSpan AloneFor = TimeSpan.FromSeconds(5);

    /// <summary>Longer than this no request waits for permits.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<LimitSubject, PermitBucket> buckets = new();
    private readonly long started = time.GetTimestamp();

    // A thousandth more: two steady clocks differ by less.
    private readonly long ticksPerWindow = (long)(policy.Window.TotalSeconds * time.TimestampFrequency * 1.001);
    private long lastSaid = long.MinValue / 2;
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
        // Ends: each lease brings permits or the news that there are none, and others who took them were answered.
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

    // One question at a time for a subject, however many requests wait for the answer.
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
        // Not under the bucket's lock, and not on behalf of one request that may be cancelled.
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
            // The node's fair share of these seconds: all nodes together give out at most the limit once more.
            var share =
                policy.Permits
                * AloneFor.TotalSeconds
                / Math.Max(policy.Window.TotalSeconds, AloneFor.TotalSeconds)
                / policy.Nodes;
            bucket.Substitute(Math.Max(1, (int)share), asked + Ticks(AloneFor));
            // Said once for these seconds, not for each subject.
            if (asked - Interlocked.Read(ref lastSaid) < Ticks(AloneFor))
                return;
            Interlocked.Exchange(ref lastSaid, asked);
            Alone(policy.Name, Storage.StorageFaults.Classify(fault));
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

    // An eighth at a time, so that the search for the longest idle ones is paid by as many new ones.
    private void Forget()
    {
        if (Interlocked.Exchange(ref sweeping, 1) == 1)
            return;
        try
        {
            var all = buckets.ToArray();
            // Read once: they go on changing while this sorts.
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
        Message = "Permits of the {Policy} limit can't be leased ({Kind}): this node gives its fair share by itself."
    )]
    private partial void Alone(string policy, Storage.StorageFault kind);
}

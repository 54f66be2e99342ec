namespace Hatcheck.Bots.Sending;

/// <summary>Allows a number of events in any window of one length. Times are reserved in ascending order.</summary>
internal sealed class SlidingWindow(int limit, TimeSpan window)
{
    private readonly Queue<TimeSpan> reserved = new();

    /// <summary>The earliest time, from <paramref name="now"/> on, at which one more fits.</summary>
    public TimeSpan Next(TimeSpan now)
    {
        while (reserved.Count > limit || (reserved.Count > 0 && reserved.Peek() + window <= now))
            reserved.Dequeue();
        var earliest = reserved.Count < limit ? now : reserved.Peek() + window;
        return earliest > now ? earliest : now;
    }

    public void Reserve(TimeSpan at) => reserved.Enqueue(at);

    public bool IsIdle(TimeSpan now) => reserved.All(t => t + window <= now);
}

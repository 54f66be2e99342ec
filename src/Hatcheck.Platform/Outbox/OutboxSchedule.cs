using Hatcheck.Platform.Queues;

namespace Hatcheck.Platform.Outbox;

/// <summary>The retry schedule of failed events, as Standard Webhooks 1.0.0 proposes.</summary>
internal static class OutboxSchedule
{
    /// <summary>The longest wait that a receiver can ask for.</summary>
    public static readonly TimeSpan LongestAsked = TimeSpan.FromDays(1);

    /// <summary>The largest share of a wait that is randomly subtracted.</summary>
    private const double Chance = 0.1;

    private static readonly TimeSpan[] waits =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(5),
        TimeSpan.FromHours(10),
        TimeSpan.FromHours(14),
        TimeSpan.FromHours(20),
        TimeSpan.FromHours(24),
    ];

    /// <summary>The number of tries before it becomes a dead letter; they take about three days.</summary>
    public static int Tries => waits.Length + 1;

    /// <summary>Returns the wait after a failed try; null if it was the last.</summary>
    /// <param name="attempts">The number of tries so far.</param>
    /// <param name="asked">The wait that the receiver asked for.</param>
    public static TimeSpan? After(int attempts, TimeSpan? asked)
    {
        if (attempts > waits.Length)
            return null;
        var own = Backoff.Less(waits[Math.Max(attempts, 1) - 1], Chance);
        return asked is not { } wanted || wanted <= own ? own
            : wanted < LongestAsked ? wanted
            : LongestAsked;
    }
}

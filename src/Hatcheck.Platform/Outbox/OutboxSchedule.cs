using Hatcheck.Platform.Queues;

namespace Hatcheck.Platform.Outbox;

/// <summary>When a failed event is tried again: the schedule that Standard Webhooks 1.0.0 proposes.</summary>
internal static class OutboxSchedule
{
    /// <summary>A receiver can't ask for a longer wait.</summary>
    public static readonly TimeSpan LongestAsked = TimeSpan.FromDays(1);

    /// <summary>The share of a wait that chance takes away.</summary>
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

    /// <summary>After so many tries it is a dead letter; they take about three days.</summary>
    public static int Tries => waits.Length + 1;

    /// <summary>The wait after a try that failed; null: it was the last.</summary>
    /// <param name="attempts">Tries so far.</param>
    /// <param name="asked">What the receiver asked for.</param>
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

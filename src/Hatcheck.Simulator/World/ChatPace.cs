namespace Hatcheck.Simulator.World;

/// <summary>
/// Telegram's sending limits, from its FAQ: one message per second in a chat (short bursts pass), 20 per minute in a group,
/// 30 per second over all chats. Guarded by the bot's lock.
/// </summary>
internal sealed class ChatPace(TimeProvider time)
{
    private const int ChatBurst = 3;
    private const int GroupPerMinute = 20;
    private const int PerSecond = 30;
    private readonly Dictionary<long, Allowance> chats = [];
    private readonly Dictionary<long, Allowance> groups = [];
    private readonly Allowance overall = new(PerSecond, PerSecond);

    /// <summary>Null if the message may be sent; else the seconds to wait. A refused message does not count.</summary>
    public int? TryTake(long chatId)
    {
        var now = time.GetUtcNow();
        if (chats.Count > 10_000)
            chats.Clear();
        List<Allowance> allowances = [overall, For(chats, chatId, () => new Allowance(ChatBurst, perSecond: 1))];
        if (chatId < 0)
            allowances.Add(For(groups, chatId, () => new Allowance(GroupPerMinute, GroupPerMinute / 60.0)));
        var wait = allowances.Max(a => a.SecondsUntilFree(now));
        if (wait > 0)
            return (int)Math.Ceiling(wait);
        foreach (var allowance in allowances)
            allowance.Take();
        return null;
    }

    private static Allowance For(Dictionary<long, Allowance> all, long id, Func<Allowance> make)
    {
        if (!all.TryGetValue(id, out var found))
            all[id] = found = make();
        return found;
    }

    /// <summary>A token bucket that refills at a steady rate.</summary>
    private sealed class Allowance(int burst, double perSecond)
    {
        private double left = burst;
        private DateTimeOffset? seen;

        public double SecondsUntilFree(DateTimeOffset now)
        {
            if (seen is { } before)
                left = Math.Min(burst, left + (Math.Max(0, (now - before).TotalSeconds) * perSecond));
            seen = now;
            return left >= 1 ? 0 : (1 - left) / perSecond;
        }

        public void Take() => left--;
    }
}

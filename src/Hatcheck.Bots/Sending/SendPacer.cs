namespace Hatcheck.Bots.Sending;

/// <summary>
/// Keeps to Telegram's pace: about one message a second per chat with short bursts, 20 a minute per group, 30 a second
/// overall (<see href="https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"/>). Sends go
/// in the order of their calls.
/// </summary>
internal sealed class SendPacer(TimeProvider time)
{
    private const int Burst = 3;
    private const int PerGroup = 20;
    private const int Overall = 30;
    private const int PruneAbove = 4096;
    private static readonly TimeSpan PerChat = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly long start = time.GetTimestamp();
    private readonly Dictionary<long, ChatLine> chats = [];
    private readonly SlidingWindow overall = new(Overall, TimeSpan.FromSeconds(1));

    /// <summary>Returns when one message may be sent to the chat.</summary>
    public async Task WaitAsync(long chat, CancellationToken cancellation)
    {
        await PauseAsync(ReserveInChat(chat), cancellation);
        await PauseAsync(ReserveOverall(), cancellation);
        // A 429 may have come while this send waited.
        while (BlockedFor(chat) is { } pause)
            await PauseAsync(pause, cancellation);
    }

    /// <summary>Holds the chat's messages back for Telegram's <c>retry_after</c>.</summary>
    public void Block(long chat, TimeSpan pause)
    {
        lock (gate)
        {
            var line = Line(chat);
            var until = Now + pause;
            if (until > line.BlockedUntil)
                line.BlockedUntil = until;
        }
    }

    /// <summary>Waits, by the bot's clock.</summary>
    public Task PauseAsync(TimeSpan pause, CancellationToken cancellation) =>
        pause > TimeSpan.Zero ? Task.Delay(pause, time, cancellation) : Task.CompletedTask;

    private TimeSpan Now => time.GetElapsedTime(start);

    private TimeSpan ReserveInChat(long chat)
    {
        lock (gate)
        {
            var now = Now;
            if (chats.Count > PruneAbove)
                Prune(now);
            var line = Line(chat);
            var at = line.Next(now);
            line.Reserve(at);
            return at - now;
        }
    }

    private TimeSpan ReserveOverall()
    {
        lock (gate)
        {
            var now = Now;
            var at = overall.Next(now);
            overall.Reserve(at);
            return at - now;
        }
    }

    private TimeSpan? BlockedFor(long chat)
    {
        lock (gate)
        {
            return chats.TryGetValue(chat, out var line) && line.BlockedUntil > Now ? line.BlockedUntil - Now : null;
        }
    }

    private ChatLine Line(long chat)
    {
        if (!chats.TryGetValue(chat, out var line))
            chats[chat] = line = new ChatLine(isGroup: chat < 0);
        return line;
    }

    private void Prune(TimeSpan now)
    {
        foreach (var (chat, line) in chats)
        {
            if (line.IsIdle(now))
                chats.Remove(chat);
        }
    }

    private sealed class ChatLine(bool isGroup)
    {
        private readonly SlidingWindow? group = isGroup ? new SlidingWindow(PerGroup, TimeSpan.FromMinutes(1)) : null;

        // When the chat would be even again if it sent one message a second (the "theoretical arrival time" of GCRA).
        private TimeSpan even;

        public TimeSpan BlockedUntil { get; set; }

        public TimeSpan Next(TimeSpan now)
        {
            var at = even - (PerChat * (Burst - 1));
            if (at < now)
                at = now;
            if (at < BlockedUntil)
                at = BlockedUntil;
            return group?.Next(at) ?? at;
        }

        public void Reserve(TimeSpan at)
        {
            even = (even > at ? even : at) + PerChat;
            group?.Reserve(at);
        }

        public bool IsIdle(TimeSpan now) => even <= now && BlockedUntil <= now && (group?.IsIdle(now) ?? true);
    }
}

using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.World;

/// <summary>Button presses that wait for the bot's answer.</summary>
internal sealed class PendingCallbacks
{
    /// <summary>Time limit for a bot's answer; after it Telegram calls the query too old.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, (DateTimeOffset Asked, TaskCompletionSource<CallbackAnswer> Answer)> waiting = new(
        StringComparer.Ordinal
    );

    public Task<CallbackAnswer> Add(string id, DateTimeOffset now)
    {
        foreach (var old in waiting.Where(w => now - w.Value.Asked > Lifetime).Select(w => w.Key).ToArray())
            waiting.Remove(old);
        var answer = new TaskCompletionSource<CallbackAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[id] = (now, answer);
        return answer.Task;
    }

    /// <summary>False if there is no such query, or it is too old, or it has been answered.</summary>
    public bool TryAnswer(string id, CallbackAnswer answer, DateTimeOffset now) =>
        waiting.Remove(id, out var found) && now - found.Asked <= Lifetime && found.Answer.TrySetResult(answer);
}

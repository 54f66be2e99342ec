namespace Hatcheck.Simulator.Updates;

/// <summary>The one open <c>getUpdates</c> of a bot: a newer one ends it, and so does a webhook.</summary>
internal sealed class LongPoll
{
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the reason when something else takes over.</summary>
    public Task<string> Ended => ended.Task;

    public void End(string why) => ended.TrySetResult(why);
}

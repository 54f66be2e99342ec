namespace Hatcheck.Simulator.Updates;

/// <summary>The open <c>getUpdates</c> call of a bot: a newer one or a webhook ends it.</summary>
internal sealed class LongPoll
{
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the reason when another call ends it.</summary>
    public Task<string> Ended => ended.Task;

    public void End(string why) => ended.TrySetResult(why);
}

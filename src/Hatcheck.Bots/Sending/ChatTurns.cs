namespace Hatcheck.Bots.Sending;

/// <summary>Runs one send at a time in each chat, in order. The next send waits for the repeats of the one before.</summary>
internal sealed class ChatTurns
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, Task> last = [];

    /// <summary>Waits for its turn and runs <paramref name="send"/>.</summary>
    public async Task<T> TakeAsync<T>(long chat, Func<Task<T>> send, CancellationToken cancellation)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (gate)
        {
            before = last.GetValueOrDefault(chat, Task.CompletedTask);
            last[chat] = turn.Task;
        }

        try
        {
            await before.WaitAsync(cancellation);
            return await send();
        }
        finally
        {
            // A send that was cancelled while it waited ends its turn only after the one before.
            _ = before.ContinueWith(
                _ => End(chat, turn),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
    }

    private void End(long chat, TaskCompletionSource turn)
    {
        lock (gate)
        {
            if (last.GetValueOrDefault(chat) == turn.Task)
                last.Remove(chat);
        }

        turn.SetResult();
    }
}

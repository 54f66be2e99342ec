using Hatcheck.Bots.Faults;
using Hatcheck.Bots.Telegram;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Bots.Updates;

/// <summary>
/// Long polling. An update is confirmed only once it was handled, and all before it: a killed process gets its unfinished updates
/// again, a stopped one finishes them first and confirms.
/// </summary>
internal sealed class UpdatePoller(
    TelegramClient client,
    ChatLanes lanes,
    OffsetLedger ledger,
    OwnerNotices owner,
    IReadOnlyList<string> kinds,
    TimeSpan firstPause,
    TimeProvider time,
    ILogger logger
)
{
    private const int BatchSize = 100;
    private const int LongPollSeconds = 50;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WhileWorking = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LastConfirmation = TimeSpan.FromSeconds(5);

    /// <summary>Fetches until stopped, through every outage.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await PollAsync(stop);
                failures = 0;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (TelegramException trouble)
            {
                failures++;
                BotLog.PollFailed(logger, trouble.ErrorCode, failures);
                // 409: a second process polls with the same token, or somebody set a webhook. Only the owner can mend that.
                if (trouble.ErrorCode == 409)
                    owner.Report("getUpdates", "Conflict: another process uses this bot's token", traceId: null);
                if (!await PauseAsync(trouble.RetryAfter ?? Pause(failures), stop))
                    return;
            }
        }
    }

    /// <summary>
    /// After the lanes were drained: tells Telegram what was handled, so that the next process does not get it again.
    /// </summary>
    public async Task ConfirmAsync()
    {
        if (ledger.OffsetToConfirm is not { } offset)
            return;
        using var deadline = new CancellationTokenSource(LastConfirmation, time);
        try
        {
            await client.GetUpdatesAsync(
                new GetUpdatesRequest
                {
                    Offset = offset,
                    Limit = 1,
                    Timeout = 0,
                },
                deadline.Token
            );
            ledger.Confirmed(offset);
        }
        catch (Exception trouble) when (trouble is TelegramException or OperationCanceledException)
        {
            BotLog.NotConfirmed(logger, trouble.GetType().Name);
        }
    }

    private async Task PollAsync(CancellationToken stop)
    {
        var offset = ledger.OffsetToConfirm;
        // What is in work is not confirmed, so Telegram answers at once with it: no long poll then.
        var seconds = ledger.HasOpen ? 0 : LongPollSeconds;
        var request = new GetUpdatesRequest
        {
            Offset = offset,
            Limit = BatchSize,
            Timeout = seconds,
            AllowedUpdates = kinds,
        };
        var progress = ledger.Progress;
        var batch = await client.GetUpdatesAsync(request, stop);
        if (offset is { } done)
            ledger.Confirmed(done);

        var fresh = 0;
        foreach (var update in batch.Select(UpdateReader.Read).OfType<Update>().OrderBy(u => u.Id))
        {
            if (!ledger.Admit(update.Id))
                continue;
            fresh++;
            await lanes.EnqueueAsync(update, stop);
        }

        if (fresh == 0 && batch.Length > 0)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(progress, Task.Delay(WhileWorking, time, enough.Token));
            await enough.CancelAsync();
        }
    }

    private TimeSpan Pause(int failures)
    {
        var pause = firstPause * Math.Pow(2, Math.Min(failures - 1, 10));
        return pause < LongestPause ? pause : LongestPause;
    }

    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        try
        {
            await Task.Delay(pause, time, stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

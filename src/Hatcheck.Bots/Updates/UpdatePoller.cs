using Hatcheck.Bots.Faults;
using Hatcheck.Bots.Telegram;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Bots.Updates;

/// <summary>
/// Long polling. An update is confirmed only after it and all before it were handled. A killed process gets its unfinished
/// updates again; a stopped one finishes and confirms them first.
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

    /// <summary>Polls until stopped, also through outages.</summary>
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
                // 409: another process polls with the same token, or a webhook is set. Only the owner can fix that.
                if (trouble.ErrorCode == 409)
                    owner.Report("getUpdates", "Conflict: another process uses this bot's token", traceId: null);
                if (!await PauseAsync(trouble.RetryAfter ?? Pause(failures), stop))
                    return;
            }
        }
    }

    /// <summary>
    /// Confirms handled updates after the lanes were drained, so that the next process does not get them again.
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
        // Telegram returns unconfirmed updates at once, so a long poll would not wait.
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

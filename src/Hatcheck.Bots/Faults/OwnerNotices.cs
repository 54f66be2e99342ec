using System.Globalization;
using System.Text;
using Hatcheck.Bots.Sending;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Bots.Faults;

/// <summary>
/// Tells the bot's owner of faults, in the owner's chat: the first at once, later ones every ten minutes in one message.
/// It names handler, kind of fault, count and trace id, and nothing about a person.
/// </summary>
internal sealed class OwnerNotices(ChatSender sender, long? ownerChat, TimeProvider time, ILogger logger) : IDisposable
{
    // More kinds of fault than a message should list; the rest is counted.
    private const int MaxLines = 20;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<(string Where, string What), (int Count, string? TraceId)> gathered = [];
    private readonly SemaphoreSlim reported = new(0);
    private int unlisted;

    /// <summary>Notes a fault; returns at once.</summary>
    public void Report(string where, string what, string? traceId)
    {
        if (ownerChat is null)
            return;
        lock (gate)
        {
            var known = gathered.TryGetValue((where, what), out var entry);
            if (!known && gathered.Count >= MaxLines)
                unlisted++;
            else
                gathered[(where, what)] = (entry.Count + 1, traceId ?? entry.TraceId);
        }

        reported.Release();
    }

    /// <summary>Sends gathered faults until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await reported.WaitAsync(stop);
                // Several reports make one digest.
                while (await reported.WaitAsync(TimeSpan.Zero, stop)) { }

                await SendAsync(stop);
                await Task.Delay(Window, time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            using var deadline = new CancellationTokenSource(LastWord, time);
            await SendAsync(deadline.Token);
        }
    }

    public void Dispose() => reported.Dispose();

    private async Task SendAsync(CancellationToken cancellation)
    {
        if (ownerChat is not { } chat || Digest() is not { } digest)
            return;
        try
        {
            await sender.SendTextAsync(chat, digest, cancellation);
        }
        catch (Exception trouble)
        {
            // No exception may end the bot here; the log has the faults too.
            BotLog.OwnerNotTold(logger, trouble.GetType().Name);
        }
    }

    private string? Digest()
    {
        lock (gate)
        {
            if (gathered.Count == 0)
                return null;
            var text = new StringBuilder("Faults of your bot:\n");
            foreach (var ((where, what), (count, trace)) in gathered)
            {
                text.Append(CultureInfo.InvariantCulture, $"• {count} × {what} in {where}");
                if (trace is not null)
                    text.Append(CultureInfo.InvariantCulture, $", last trace {trace}");
                text.Append('\n');
            }

            if (unlisted > 0)
                text.Append(CultureInfo.InvariantCulture, $"• and {unlisted} of other kinds; see the log.\n");
            gathered.Clear();
            unlisted = 0;
            return text.ToString();
        }
    }
}

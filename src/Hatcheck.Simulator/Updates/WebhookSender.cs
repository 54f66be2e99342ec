using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Hatcheck.Simulator.World;

namespace Hatcheck.Simulator.Updates;

/// <summary>
/// Delivers updates to webhooks: one by one within a chat, chats in parallel. Retries a failed update at once, then after
/// 2, 4, 8 … 60 seconds or after <c>Retry-After</c>, until it is 24 hours old; removes a webhook that answers 410 for 23
/// hours.
/// </summary>
internal sealed class WebhookSender(TelegramWorld world) : IDisposable
{
    public const string SecretHeader = "X-Telegram-Bot-Api-Secret-Token";

    /// <summary>Number of pending updates examined for chats to serve.</summary>
    private const int LookAhead = 1_000;

    private const int LongestAnswer = 64 * 1024;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(3_600);
    private static readonly TimeSpan GoneFor = TimeSpan.FromHours(23);

    /// <summary>Time limit for a bot's answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient http = new(LoopbackOnly()) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource stopped = new();

    /// <summary>
    /// Performs the method in a webhook's answer, if any. Set once, since methods and sender need each other.
    /// </summary>
    public Func<Bot, ReadOnlyMemory<byte>, Task> Answered { get; set; } = (_, _) => Task.CompletedTask;

    public void Start(Bot bot, Webhook webhook) => _ = Task.Run(() => RunAsync(bot, webhook));

    public void Dispose()
    {
        stopped.Cancel();
        http.Dispose();
        stopped.Dispose();
    }

    private async Task RunAsync(Bot bot, Webhook webhook)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopped.Token, webhook.Removed.Token);
        var lanes = new Dictionary<long, Task>();
        var begun = new HashSet<PendingUpdate>(ReferenceEqualityComparer.Instance);
        try
        {
            while (true)
            {
                var arrival = bot.Updates.Arrival;
                var pending = bot.Updates.Peek(LookAhead);
                begun.IntersectWith(pending);
                foreach (var lane in pending.Where(begun.Add).GroupBy(u => u.Lane))
                {
                    // Delivers a chat's updates in order, and chats in parallel, up to the allowed connections.
                    var before = lanes.GetValueOrDefault(lane.Key, Task.CompletedTask);
                    lanes[lane.Key] = CarryAsync(bot, webhook, before, world.Faults.Shape(lane.ToArray()), ended.Token);
                }

                await Task.WhenAny([arrival.WaitAsync(ended.Token), .. lanes.Values]);
                ended.Token.ThrowIfCancellationRequested();
                foreach (var done in lanes.Where(l => l.Value.IsCompleted).Select(l => l.Key).ToArray())
                    lanes.Remove(done);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The webhook was removed, or the simulator stops; the updates are kept.
        }

        await Task.WhenAll(lanes.Values);
    }

    private async Task CarryAsync(
        Bot bot,
        Webhook webhook,
        Task before,
        IReadOnlyList<PendingUpdate> updates,
        CancellationToken cancellation
    )
    {
        try
        {
            await before;
            foreach (var update in updates)
                await DeliverAsync(bot, webhook, update, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // As in RunAsync.
        }
    }

    private async Task DeliverAsync(Bot bot, Webhook webhook, PendingUpdate update, CancellationToken cancellation)
    {
        for (var failures = 0; ; failures++)
        {
            await webhook.Connections.WaitAsync(cancellation);
            Outcome outcome;
            try
            {
                outcome = await TryAsync(bot, webhook, update, cancellation);
            }
            finally
            {
                webhook.Connections.Release();
            }

            if (outcome is not Outcome.Failed failed)
            {
                lock (bot.Gate)
                    webhook.GoneSince = null;
                bot.Updates.Confirm(update);
                return;
            }

            if (Note(bot, webhook, failed))
            {
                await webhook.Removed.CancelAsync();
                return;
            }

            var wait = failed.RetryAfter > TimeSpan.Zero ? failed.RetryAfter.Value : Wait(failures);
            if (world.Time.GetUtcNow() + wait > update.Arrived + UpdateQueue.Kept)
            {
                bot.Updates.Confirm(update);
                return;
            }

            await Task.Delay(wait, world.Time, cancellation);
        }
    }

    /// <summary>Records the failure; true if it was the 410 that removes the webhook.</summary>
    private bool Note(Bot bot, Webhook webhook, Outcome.Failed failed)
    {
        lock (bot.Gate)
        {
            var now = world.Time.GetUtcNow();
            (webhook.LastErrorAt, webhook.LastError) = (now, failed.Why);
            webhook.GoneSince = failed.Gone ? webhook.GoneSince ?? now : null;
            if (now - webhook.GoneSince < GoneFor || webhook.GoneSince is null)
                return false;
            if (bot.Webhook == webhook)
                bot.Webhook = null;
            return true;
        }
    }

    private async Task<Outcome> TryAsync(Bot bot, Webhook webhook, PendingUpdate update, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, world.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url)
            {
                Content = new ReadOnlyMemoryContent(update.Json),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (webhook.Secret is { } secret)
                request.Headers.Add(SecretHeader, secret);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (!response.IsSuccessStatusCode)
                return Failure(response);
            var body = await ReadAsync(response, either.Token);
            if (body.Length > 0)
                await Answered(bot, body);
            return new Outcome.Delivered();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Outcome.Failed("Read timeout expired");
        }
        catch (HttpRequestException e)
        {
            return new Outcome.Failed(
                e.HttpRequestError == HttpRequestError.ConnectionError ? "Connection refused" : "Connection closed"
            );
        }
        catch (IOException)
        {
            return new Outcome.Failed("Connection closed");
        }
    }

    private Outcome.Failed Failure(HttpResponseMessage response)
    {
        var retryAfter = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - world.Time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        if (retryAfter > LongestRetryAfter)
            retryAfter = LongestRetryAfter;
        if (retryAfter < TimeSpan.Zero)
            retryAfter = TimeSpan.Zero;
        return new Outcome.Failed(
            $"Wrong response from the webhook: {(int)response.StatusCode} {response.ReasonPhrase}",
            retryAfter,
            response.StatusCode == HttpStatusCode.Gone
        );
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[LongestAnswer];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return buffer[..read];
    }

    private static TimeSpan Wait(int failures) =>
        failures == 0
            ? TimeSpan.Zero
            : TimeSpan.FromSeconds(Math.Min(LongestWait.TotalSeconds, Math.Pow(2, Math.Min(failures, 10))));

    /// <summary>Connects to this machine only, whatever a name resolves to; follows no redirects.</summary>
    private static SocketsHttpHandler LoopbackOnly() =>
        new()
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = async (context, cancellation) =>
            {
                var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellation);
                var loopback = Array.FindAll(addresses, IPAddress.IsLoopback);
                if (loopback.Length == 0)
                    throw new HttpRequestException(HttpRequestError.ConnectionError, "The simulator calls only this machine.");
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(loopback, context.DnsEndPoint.Port, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };

    private abstract record Outcome
    {
        public sealed record Delivered : Outcome;

        public sealed record Failed(string Why, TimeSpan? RetryAfter = null, bool Gone = false) : Outcome;
    }
}

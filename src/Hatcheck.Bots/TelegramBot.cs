using Hatcheck.Bots.Faults;
using Hatcheck.Bots.Routing;
using Hatcheck.Bots.Sending;
using Hatcheck.Bots.Telegram;
using Hatcheck.Bots.Updates;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Bots;

/// <summary>
/// A running Telegram bot, as a hosted service. It polls or receives updates and handles them chat by chat. A stop finishes
/// the updates being handled and confirms them (docs/concepts/bots.md).
/// </summary>
public sealed class TelegramBot : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly TelegramBotOptions options;
    private readonly BotDefinition definition;
    private readonly ILogger logger;
    private readonly TelegramTransport transport;
    private readonly TelegramClient client;
    private readonly Responder responder;
    private readonly UpdateRouter router;
    private readonly ChatLanes lanes;
    private readonly OffsetLedger ledger = new();
    private readonly OwnerNotices owner;
    private readonly WebhookReceiver? webhook;

    /// <summary>Creates a bot that starts with the host.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message lists every fault and no value.</exception>
    public TelegramBot(TelegramBotOptions options, BotDefinition definition, ILogger<TelegramBot> logger)
    {
        if (options.Faults() is { Count: > 0 } faults)
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        this.options = options;
        this.definition = definition;
        this.logger = logger;
        var token = BotToken.TryParse(options.Token)!;
        transport = new TelegramTransport(token, options.TelegramUrl, options.Handler, options.Time, options.RetryDelay);
        client = new TelegramClient(transport);
        var sender = new ChatSender(client, new SendPacer(options.Time));
        owner = new OwnerNotices(sender, options.OwnerChatId, options.Time, logger);
        responder = new Responder(client, sender, token.BotId);
        router = new UpdateRouter(definition, responder, owner, options.HandlerTimeout, options.Time, logger);
        lanes = new ChatLanes(HandleAsync, options.Concurrency, options.Capacity, options.Time);
        if (options.Mode == UpdateMode.Webhook)
            webhook = new WebhookReceiver(lanes, options.WebhookSecret!, logger);
    }

    /// <summary>Whether the bot has started and receives updates; for a readiness check.</summary>
    public bool IsReady { get; private set; }

    internal Responder Responder => responder;

    /// <summary>Serves a webhook call. Map it as POST at the path of <see cref="TelegramBotOptions.WebhookUrl"/>.</summary>
    public Task ReceiveWebhookAsync(HttpContext context)
    {
        if (webhook is { } receiver)
            return receiver.ReceiveAsync(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lanes.Dispose();
        owner.Dispose();
        transport.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ownerStop = new CancellationTokenSource();
        var telling = owner.RunAsync(ownerStop.Token);
        try
        {
            if (await IntroduceAsync(stoppingToken))
                await TakeUpdatesAsync(stoppingToken);
        }
        finally
        {
            IsReady = false;
            await FinishAsync();
            await ownerStop.CancelAsync();
            await telling;
        }
    }

    private async Task HandleAsync(Update update, CancellationToken stop)
    {
        try
        {
            await router.HandleAsync(update, stop);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // The router catches what handlers throw. No other exception may end the bot or repeat the update for ever.
            BotLog.HandlerFailed(logger, "router", fault.GetType().Name, traceId: null);
        }

        ledger.Handled(update.Id);
    }

    private async Task TakeUpdatesAsync(CancellationToken stop)
    {
        IsReady = true;
        BotLog.Ready(logger, router.Username ?? "", options.Mode.ToString());
        if (webhook is { } receiver)
        {
            receiver.Open();
            await Task.Delay(Timeout.InfiniteTimeSpan, stop)
                .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return;
        }

        await Poller().RunAsync(stop);
    }

    private async Task FinishAsync()
    {
        BotLog.Stopping(logger);
        webhook?.Close();
        if (!await lanes.DrainAsync(options.StopTimeout))
            BotLog.DeadlinePassed(logger);
        if (webhook is null)
            await Poller().ConfirmAsync();
    }

    private UpdatePoller Poller() =>
        new(client, lanes, ledger, owner, definition.Kinds, options.RetryDelay, options.Time, logger);

    /// <summary>True once Telegram has the bot's commands and its mode; false if stopped before.</summary>
    private async Task<bool> IntroduceAsync(CancellationToken stop)
    {
        var commands = definition
            .Commands.Values.Select(c => new WireCommand { Command = c.Name, Description = c.Description })
            .ToList();
        return await PersistAsync("getMe", async () => router.Username = (await client.GetMeAsync(stop)).Username, stop)
            && (commands.Count == 0 || await PersistAsync("setMyCommands", () => client.SetMyCommandsAsync(commands, stop), stop))
            && (
                webhook is null
                    ? await PersistAsync("deleteWebhook", () => client.DeleteWebhookAsync(stop), stop)
                    : await PersistAsync("setWebhook", () => client.SetWebhookAsync(WebhookRequest(), stop), stop)
            );
    }

    private SetWebhookRequest WebhookRequest() =>
        new()
        {
            Url = options.WebhookUrl!.AbsoluteUri,
            SecretToken = options.WebhookSecret!.Reveal(),
            MaxConnections = options.WebhookConnections,
            AllowedUpdates = definition.Kinds,
        };

    /// <summary>Repeats the call until it succeeds, except after a refused token.</summary>
    private async Task<bool> PersistAsync(string method, Func<Task> call, CancellationToken stop)
    {
        for (var pause = options.RetryDelay; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await call();
                return true;
            }
            catch (TelegramException refusal) when (refusal.ErrorCode is 401 or 404)
            {
                BotLog.TokenRefused(logger, refusal.ErrorCode);
                throw;
            }
            catch (TelegramException trouble)
            {
                var wait = trouble.RetryAfter ?? pause;
                BotLog.StartDelayed(logger, method, trouble.ErrorCode, wait);
                try
                {
                    await Task.Delay(wait, options.Time, stop);
                }
                catch (OperationCanceledException)
                {
                    return false;
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return false;
            }
        }
    }
}

using System.Net;
using System.Text.Json;
using Hatcheck.Simulator.Requests;
using Hatcheck.Simulator.Updates;
using Hatcheck.Simulator.Wire;
using Hatcheck.Simulator.World;

namespace Hatcheck.Simulator.BotApi;

/// <summary>Methods by which a bot receives updates: polling or a webhook.</summary>
internal sealed class UpdateMethods(WebhookSender sender)
{
    private const int MaxTimeout = 50;
    private const int MaxLimit = 100;
    private const int DefaultConnections = 40;

    public static async Task<JsonElement> GetUpdatesAsync(BotCall call)
    {
        var (bot, arguments) = (call.Bot, call.Arguments);
        var limit = (int)Math.Clamp(arguments.Integer("limit") ?? MaxLimit, 1, MaxLimit);
        var timeout = TimeSpan.FromSeconds(Math.Clamp(arguments.Integer("timeout") ?? 0, 0, MaxTimeout));
        var offset = arguments.Integer("offset") ?? 0;
        var poll = new LongPoll();
        lock (bot.Gate)
        {
            if (bot.Webhook is not null)
                throw Refusal.Conflict(
                    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
                );
            if (AllowedUpdates(arguments) is { } allowed)
                bot.Updates.Allowed = allowed;
            bot.Poll?.End("terminated by other getUpdates request; make sure that only one bot instance is running");
            bot.Poll = poll;
            if (!bot.HasPolled)
                call.World.Events.Tell("bot", new PageEvent(BotUsername: bot.Username));
            bot.HasPolled = true;
        }

        try
        {
            return await WaitAsync(call, poll, offset, limit, timeout);
        }
        finally
        {
            lock (bot.Gate)
            {
                if (bot.Poll == poll)
                    bot.Poll = null;
            }
        }
    }

    public JsonElement SetWebhook(BotCall call)
    {
        var (bot, arguments) = (call.Bot, call.Arguments);
        var url = arguments.Text("url") ?? "";
        if (url.Length == 0)
            return DeleteWebhook(call);
        var target = Target(url);
        var secret = arguments.Text("secret_token");
        if (secret is { Length: > 256 })
            throw Refusal.BadRequest("secret token is too long");
        if (secret is not null && !secret.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw Refusal.BadRequest("secret token contains unallowed characters");
        var connections = (int)Math.Clamp(arguments.Integer("max_connections") ?? DefaultConnections, 1, 100);
        if (AllowedUpdates(arguments) is { } allowed)
            bot.Updates.Allowed = allowed;
        bot.Poll?.End("terminated by setWebhook request");
        if (arguments.Flag("drop_pending_updates"))
            bot.Updates.Clear();
        Remove(bot);
        bot.Webhook = new Webhook(
            target,
            string.IsNullOrEmpty(secret) ? null : secret,
            connections,
            arguments.Upload("certificate") is not null
        );
        sender.Start(bot, bot.Webhook);
        call.World.Events.Tell("bot", new PageEvent(BotUsername: bot.Username));
        return BotCall.True;
    }

    public static JsonElement DeleteWebhook(BotCall call)
    {
        if (call.Arguments.Flag("drop_pending_updates"))
            call.Bot.Updates.Clear();
        Remove(call.Bot);
        call.World.Events.Tell("bot", new PageEvent(BotUsername: call.Bot.Username));
        return BotCall.True;
    }

    public static JsonElement GetWebhookInfo(BotCall call)
    {
        var bot = call.Bot;
        var allowed = bot.Updates.Allowed;
        var info = new WebhookInfo
        {
            Url = bot.Webhook?.Url.OriginalString ?? "",
            HasCustomCertificate = bot.Webhook?.OwnCertificate ?? false,
            PendingUpdateCount = bot.Updates.Count,
            IpAddress = bot.Webhook is null ? null : IPAddress.Loopback.ToString(),
            LastErrorDate = bot.Webhook?.LastErrorAt?.ToUnixTimeSeconds(),
            LastErrorMessage = bot.Webhook?.LastError,
            MaxConnections = bot.Webhook?.MaxConnections,
            AllowedUpdates = allowed.Count == 0 ? null : allowed,
        };
        return JsonSerializer.SerializeToElement(info, SimulatorJson.Default.WebhookInfo);
    }

    /// <summary>Leaves the cloud server: updates are no longer delivered, but kept.</summary>
    public static JsonElement LogOut(BotCall call)
    {
        Remove(call.Bot);
        call.Bot.Poll?.End("terminated by logOut request");
        return BotCall.True;
    }

    public static JsonElement Close(BotCall call) => LogOut(call);

    private static async Task<JsonElement> WaitAsync(BotCall call, LongPoll poll, long offset, int limit, TimeSpan timeout)
    {
        var (updates, time) = (call.Bot.Updates, call.World.Time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation);
        var end = Task.Delay(timeout, time, over.Token);
        try
        {
            while (true)
            {
                // Takes the signal before it reads, so that it misses no update that arrives in between.
                var arrival = updates.Arrival;
                var batch = updates.Read(offset, limit);
                if (poll.Ended.IsCompleted)
                    throw Refusal.Conflict(await poll.Ended);
                if (batch.Count > 0 || end.IsCompleted)
                    return Joined(call.World.Faults.Shape(batch));
                var first = await Task.WhenAny(arrival, poll.Ended, end);
                if (first == end)
                    await end;

                // A negative offset already dropped the earlier updates; used again it would drop new ones.
                if (offset < 0)
                    offset = 0;
            }
        }
        finally
        {
            await over.CancelAsync();
        }
    }

    private static JsonElement Joined(IReadOnlyList<PendingUpdate> batch)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (var update in batch)
                writer.WriteRawValue(update.Json.Span, skipInputValidation: true);
            writer.WriteEndArray();
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }

    private static string[]? AllowedUpdates(Arguments arguments) =>
        arguments.Json("allowed_updates")?.EnumerateArray().Select(k => k.GetString()!).ToArray();

    /// <summary>Telegram requires HTTPS and a public address; the simulator calls only this machine, also over HTTP.</summary>
    private static Uri Target(string url)
    {
        if (
            !Uri.TryCreate(
                url.Contains("://", StringComparison.Ordinal) ? url : $"https://{url}",
                UriKind.Absolute,
                out var target
            )
        )
            throw Refusal.BadRequest("invalid webhook URL specified");
        if (target.Scheme != Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttp)
            throw Refusal.BadRequest("bad webhook: An HTTPS URL must be provided for webhook");
        if (!target.IsLoopback)
            throw Refusal.BadRequest($"bad webhook: the simulator calls only this machine, not {target.Host}");
        return target;
    }

    private static void Remove(Bot bot)
    {
        bot.Webhook?.Removed.Cancel();
        bot.Webhook = null;
        bot.HasPolled = false;
    }
}

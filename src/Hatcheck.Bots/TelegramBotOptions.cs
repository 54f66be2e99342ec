using Hatcheck.Crypto;

namespace Hatcheck.Bots;

/// <summary>How a bot gets its updates.</summary>
public enum UpdateMode
{
    /// <summary>The bot polls Telegram (long polling) and needs no address of its own. One process per bot.</summary>
    Polling,

    /// <summary>Telegram calls the bot at <see cref="TelegramBotOptions.WebhookUrl"/>.</summary>
    Webhook,
}

/// <summary>Settings of a Telegram bot; a bad value throws when the bot is added.</summary>
public sealed class TelegramBotOptions
{
    /// <summary>The token from BotFather, <c>123456789:AA…</c>. Never logged, traced or put into an exception.</summary>
    public required SecretText Token { get; init; }

    /// <summary>
    /// The Bot API server. Default <c>https://api.telegram.org</c>. Plain <c>http</c> is refused off loopback: the token is
    /// in every address.
    /// </summary>
    public Uri TelegramUrl { get; init; } = new("https://api.telegram.org");

    /// <summary>Default <see cref="UpdateMode.Polling"/>.</summary>
    public UpdateMode Mode { get; init; } = UpdateMode.Polling;

    /// <summary>The public address that Telegram calls, https. Needed with <see cref="UpdateMode.Webhook"/>.</summary>
    public Uri? WebhookUrl { get; init; }

    /// <summary>
    /// The secret that Telegram sends with each call: 16 to 256 of <c>A-Z a-z 0-9 _ -</c>.
    /// Needed with <see cref="UpdateMode.Webhook"/>.
    /// </summary>
    public SecretText? WebhookSecret { get; init; }

    /// <summary>
    /// Connections that Telegram may open at once, 1 to 100. Default 1: with more it may send the updates of a chat out of
    /// order.
    /// </summary>
    public int WebhookConnections { get; init; } = 1;

    /// <summary>The chat that gets notices of faults. Without it they are only logged.</summary>
    public long? OwnerChatId { get; init; }

    /// <summary>Chats whose updates are handled side by side. Default 16; 1 to 1,000.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>Updates that may wait or run. At this number the bot stops fetching. Default 500; 1 to 100,000.</summary>
    public int Capacity { get; init; } = 500;

    /// <summary>The time-out of one handler. Default 1 minute; from 100 milliseconds.</summary>
    public TimeSpan HandlerTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a stop waits for running handlers. Default 20 seconds; keep it below the host's own shutdown time-out.
    /// </summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The first pause after trouble with Telegram; later ones double. Default 500 milliseconds.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// For tests and proxies: carries the calls to Telegram in place of the bot's own handler. It must not log addresses.
    /// </summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>Every fault, each naming the option and what to do; empty if there is none. No message holds a value.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (Telegram.BotToken.TryParse(Token) is null)
            faults.Add("Token must be the whole token from BotFather, as 123456789:AA…");
        if (
            !TelegramUrl.IsAbsoluteUri
            || !(TelegramUrl.Scheme == Uri.UriSchemeHttps || (TelegramUrl.Scheme == Uri.UriSchemeHttp && TelegramUrl.IsLoopback))
        )
        {
            faults.Add("TelegramUrl must be https, or http on this machine.");
        }

        if (Concurrency is < 1 or > 1_000)
            faults.Add("Concurrency must be 1 to 1,000.");
        if (Capacity is < 1 or > 100_000)
            faults.Add("Capacity must be 1 to 100,000.");
        if (HandlerTimeout < TimeSpan.FromMilliseconds(100))
            faults.Add("HandlerTimeout must be at least 100 milliseconds.");
        if (Mode == UpdateMode.Webhook)
            AddWebhookFaults(faults);
        return faults;
    }

    private void AddWebhookFaults(List<string> faults)
    {
        if (WebhookUrl is not { IsAbsoluteUri: true } url || !(url.Scheme == Uri.UriSchemeHttps || url.IsLoopback))
        {
            faults.Add("WebhookUrl must be the public https address that Telegram calls.");
        }

        var secret = WebhookSecret?.Reveal() ?? "";
        if (secret.Length is < 16 or > 256 || !secret.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            faults.Add("WebhookSecret must be 16 to 256 of A-Z a-z 0-9 _ -, for example from: openssl rand -hex 32");
        }

        if (WebhookConnections is < 1 or > 100)
            faults.Add("WebhookConnections must be 1 to 100.");
    }
}

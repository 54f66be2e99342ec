namespace Hatcheck.Simulator.Updates;

/// <summary>A bot's webhook and the state of its deliveries.</summary>
internal sealed class Webhook(Uri url, string? secret, int maxConnections, bool ownCertificate)
{
    public Uri Url { get; } = url;

    /// <summary>Sent as <c>X-Telegram-Bot-Api-Secret-Token</c>.</summary>
    public string? Secret { get; } = secret;

    public int MaxConnections { get; } = maxConnections;

    public bool OwnCertificate { get; } = ownCertificate;

    /// <summary>Limits concurrent deliveries to the allowed connections.</summary>
    public SemaphoreSlim Connections { get; } = new(maxConnections);

    /// <summary>The time since which every answer was 410.</summary>
    public DateTimeOffset? GoneSince { get; set; }

    public DateTimeOffset? LastErrorAt { get; set; }

    public string? LastError { get; set; }

    /// <summary>Cancels the deliveries when the webhook is removed or replaced.</summary>
    public CancellationTokenSource Removed { get; } = new();
}

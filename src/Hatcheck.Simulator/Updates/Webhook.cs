namespace Hatcheck.Simulator.Updates;

/// <summary>Where a bot wants its updates, and how that went so far.</summary>
internal sealed class Webhook(Uri url, string? secret, int maxConnections, bool ownCertificate)
{
    public Uri Url { get; } = url;

    /// <summary>Goes along in <c>X-Telegram-Bot-Api-Secret-Token</c>.</summary>
    public string? Secret { get; } = secret;

    public int MaxConnections { get; } = maxConnections;

    public bool OwnCertificate { get; } = ownCertificate;

    /// <summary>As many deliveries may be under way at once as there may be connections.</summary>
    public SemaphoreSlim Connections { get; } = new(maxConnections);

    /// <summary>Since when every answer has been 410.</summary>
    public DateTimeOffset? GoneSince { get; set; }

    public DateTimeOffset? LastErrorAt { get; set; }

    public string? LastError { get; set; }

    /// <summary>Ends the deliveries when the webhook is taken away or replaced.</summary>
    public CancellationTokenSource Removed { get; } = new();
}

using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Platform.Inbox;

/// <summary>
/// Settings under <c>Inbox</c>: how received webhooks are processed. A bad value stops the server at start-up.
/// </summary>
internal sealed class InboxOptions
{
    public const string Section = "Inbox";

    /// <summary><c>Inbox:Work</c>.</summary>
    public const string WorkSetting = $"{Section}:{nameof(Work)}";

    /// <summary>
    /// Whether this node processes the inbox; if not, it still receives deliveries, for other nodes. Default true.
    /// </summary>
    public bool Work { get; set; } = true;

    /// <summary>
    /// How often an event is tried before it becomes a dead letter. Default 12, which is about three hours; 1 to 50.
    /// </summary>
    [Range(1, 50)]
    public int MaxAttempts { get; set; } = 12;

    /// <summary>
    /// The wait after a first failure. It doubles with each failure, up to an hour, less a random part of up to half.
    /// Default 5 s; 100 ms to 10 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long until another node takes over the events of a node that died. Default 30 s; 2 s to 10 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a repeated delivery is recognised, and deleted users are kept from being created again. Must be longer than
    /// any sender repeats, including by hand. Older events are not kept. Default 90 days; 4 to 365 days.
    /// </summary>
    [Range(typeof(TimeSpan), "4.00:00:00", "365.00:00:00")]
    public TimeSpan RememberFor { get; set; } = TimeSpan.FromDays(90);
}

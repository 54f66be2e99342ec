using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Outbox;

/// <summary>
/// Settings under <c>Outbox</c>: how events are sent to other services. A bad value stops the server at start-up.
/// </summary>
internal sealed class OutboxOptions
{
    public const string Section = "Outbox";

    /// <summary><c>Outbox:Work</c>.</summary>
    public const string WorkSetting = $"{Section}:{nameof(Work)}";

    /// <summary>Whether this node sends events; if not, it still stores them, for other nodes. Default true.</summary>
    public bool Work { get; set; } = true;

    /// <summary>The time-out of one try, from the connection to the status. Default 20 s; 1 to 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long until another node sends the events of a node that died. At least twice the time-out. Default 60 s; 2 s to
    /// 10 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How many events this node sends to one endpoint at a time, each of a different user. Default 8; 1 to 100.
    /// </summary>
    [Range(1, 100)]
    public int PerEndpoint { get; set; } = 8;

    /// <summary>How long the old secret signs along with the new one after a rotation. Default 1 day; 0 to 30 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan RotationGrace { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long a delivered event is kept, so that it can be replayed. Default 7 days; 1 hour to 90 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "90.00:00:00")]
    public TimeSpan KeepDelivered { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long any event is kept, including dead letters and events of paused endpoints. Default 90 days; 7 to 365 days.
    /// </summary>
    [Range(typeof(TimeSpan), "7.00:00:00", "365.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(90);
}

/// <summary>Checks what attributes can't in <see cref="OutboxOptions"/>.</summary>
internal sealed class OutboxOptionsCheck : IValidateOptions<OutboxOptions>
{
    public ValidateOptionsResult Validate(string? name, OutboxOptions options)
    {
        if (options.Lease < 2 * options.Timeout)
        {
            return ValidateOptionsResult.Fail(
                $"{OutboxOptions.Section}:{nameof(OutboxOptions.Lease)} is at least twice {nameof(OutboxOptions.Timeout)}: "
                    + "a shorter one would let two nodes send at once."
            );
        }

        return options.KeepDelivered <= options.KeepFor
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{OutboxOptions.Section}:{nameof(OutboxOptions.KeepDelivered)} is at most {nameof(OutboxOptions.KeepFor)}, "
                    + "which bounds every event."
            );
    }
}

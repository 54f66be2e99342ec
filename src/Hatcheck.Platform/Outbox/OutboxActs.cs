using Hatcheck.Platform.Audit;

namespace Hatcheck.Platform.Outbox;

/// <summary>Acts by operators on endpoints and their queued events.</summary>
internal static class OutboxActs
{
    public static readonly Act Add = new("endpoint.add", "An address that events are sent to was added.", IsPersonal: false);

    public static readonly Act Rotate = new(
        "endpoint.rotate",
        "A new secret signs the events sent to an address.",
        IsPersonal: false
    );

    public static readonly Act Pause = new("endpoint.pause", "Sending events to an address was paused.", IsPersonal: false);

    public static readonly Act Enable = new(
        "endpoint.enable",
        "Sending events to an address was switched on.",
        IsPersonal: false
    );

    public static readonly Act Remove = new(
        "endpoint.remove",
        "An address that events are sent to was removed.",
        IsPersonal: false
    );

    public static readonly Act ReplayAll = new(
        "endpoint.replay",
        "The events of a period were sent to an address again.",
        IsPersonal: false
    );

    public static readonly Act Replay = new("outbox.replay", "An event about you was sent to a service again.", IsPersonal: true);

    public static readonly Act Drop = new(
        "outbox.drop",
        "An event about you, meant for a service, was discarded.",
        IsPersonal: true
    );

    public static IReadOnlyList<Act> Declared { get; } = [Add, Rotate, Pause, Enable, Remove, ReplayAll, Replay, Drop];
}

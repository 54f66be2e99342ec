using Hatcheck.Platform.Audit;

namespace Hatcheck.Platform.Outbox;

/// <summary>What is recorded of operators' changes to endpoints and to what waits for them.</summary>
internal static class OutboxActs
{
    public static readonly Act Add = new("endpoint.add", "An address that events are sent to was added.", IsPersonal: false);

    public static readonly Act Rotate = new(
        "endpoint.rotate",
        "A new secret signs what is sent to an address.",
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
        "The events of a while were sent to an address again.",
        IsPersonal: false
    );

    public static readonly Act Replay = new(
        "outbox.replay",
        "A service was told again of something that happened to you.",
        IsPersonal: true
    );

    public static readonly Act Drop = new(
        "outbox.drop",
        "What a service was to be told about you was thrown away.",
        IsPersonal: true
    );

    public static IReadOnlyList<Act> Declared { get; } = [Add, Rotate, Pause, Enable, Remove, ReplayAll, Replay, Drop];
}

using Hatcheck.Platform.Outbox;

namespace Hatcheck.People.Privacy;

/// <summary>Events about erasures, for other services.</summary>
internal static class PrivacyEvents
{
    public static readonly EventKind Erased = new(
        "user.erased",
        "Everything that was kept about a user was erased; erase what you keep under the id, too."
    );

    public static IReadOnlyList<EventKind> Declared { get; } = [Erased];
}

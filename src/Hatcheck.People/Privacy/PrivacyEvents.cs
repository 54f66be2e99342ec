using Hatcheck.Platform.Outbox;

namespace Hatcheck.People.Privacy;

/// <summary>What other services can be told of erasures.</summary>
internal static class PrivacyEvents
{
    public static readonly EventKind Erased = new(
        "user.erased",
        "Everything that was kept about a user was erased; erase what you keep under the id, too."
    );

    public static IReadOnlyList<EventKind> Declared { get; } = [Erased];
}

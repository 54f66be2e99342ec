using Hatcheck.Platform.Outbox;

namespace Hatcheck.People.Users;

/// <summary>Events about users and merges, for other services.</summary>
internal static class UserEvents
{
    public static readonly EventKind Created = new("user.created", "A user was created.");

    public static readonly EventKind Merged = new(
        "user.merged",
        "A user was merged into another one, merged_into, who answers for both from now on."
    );

    public static IReadOnlyList<EventKind> Declared { get; } = [Created, Merged];
}

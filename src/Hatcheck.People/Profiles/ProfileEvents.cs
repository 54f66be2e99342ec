using Hatcheck.Platform.Outbox;

namespace Hatcheck.People.Profiles;

/// <summary>Events about profiles and reversible deletions, for other services.</summary>
internal static class ProfileEvents
{
    public static readonly EventKind Updated = new("user.updated", "A user's profile was changed.");
    public static readonly EventKind Deleted = new("user.deleted", "A user was deleted, and can still be restored.");
    public static readonly EventKind Restored = new("user.restored", "A deleted user was restored.");

    public static IReadOnlyList<EventKind> Declared { get; } = [Updated, Deleted, Restored];
}

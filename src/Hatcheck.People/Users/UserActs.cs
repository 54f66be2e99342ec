using Hatcheck.Platform.Audit;

namespace Hatcheck.People.Users;

/// <summary>Audit acts for users, their identities and index keys.</summary>
internal static class UserActs
{
    public static readonly Act Link = new(
        "identity.link",
        "An account with a messenger or a sign-in service was linked to you.",
        IsPersonal: true
    );

    public static readonly Act Unlink = new(
        "identity.unlink",
        "An account with a messenger or a sign-in service was unlinked from you.",
        IsPersonal: true
    );

    public static readonly Act Merge = new("user.merge", "Another account of yours was merged into this one.", IsPersonal: true);

    public static readonly Act Inspect = new(
        "user.inspect",
        "An operator looked at everything that is kept about you.",
        IsPersonal: true
    );

    public static readonly Act RotateIndex = new(
        "keys.rotate_index",
        "A new version of the tenant's index key was created.",
        IsPersonal: false
    );

    public static readonly Act RetireIndex = new(
        "keys.retire_index",
        "An older version of the tenant's index key was deleted.",
        IsPersonal: false
    );

    public static IReadOnlyList<Act> Declared { get; } = [Link, Unlink, Merge, Inspect, RotateIndex, RetireIndex];
}

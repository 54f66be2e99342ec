using Hatcheck.Platform.Audit;

namespace Hatcheck.People.Profiles;

/// <summary>Audit acts for profiles and reversible deletions.</summary>
internal static class ProfileActs
{
    public static readonly Act Create = new("user.create", "You were registered.", IsPersonal: true);
    public static readonly Act Update = new("user.update", "Your profile was changed.", IsPersonal: true);

    public static readonly Act Delete = new(
        "user.delete",
        "You were deleted, so that you can still be restored.",
        IsPersonal: true
    );

    public static readonly Act Restore = new("user.restore", "You were restored.", IsPersonal: true);

    public static IReadOnlyList<Act> Declared { get; } = [Create, Update, Delete, Restore];
}

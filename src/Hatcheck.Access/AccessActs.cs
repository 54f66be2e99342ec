using Hatcheck.Platform.Audit;

namespace Hatcheck.Access;

/// <summary>
/// Audit acts for sessions, staff, roles and keys. For a member's session the subject is the member, with no user.
/// </summary>
internal static class AccessActs
{
    public static readonly Act SessionBegin = new("session.begin", "You signed in.", IsPersonal: true);
    public static readonly Act SessionEnd = new("session.end", "A session of yours was ended.", IsPersonal: true);

    public static readonly Act SessionReused = new(
        "session.reused",
        "A session of yours was ended because someone used an old token of it.",
        IsPersonal: true
    );

    public static readonly Act RoleAdd = new("role.add", "A role was added.", IsPersonal: false);
    public static readonly Act RoleChange = new("role.change", "A role was changed.", IsPersonal: false);
    public static readonly Act RoleRemove = new("role.remove", "A role was removed.", IsPersonal: false);
    public static readonly Act MemberAdd = new("member.add", "A member of the staff was added.", IsPersonal: false);
    public static readonly Act MemberChange = new("member.change", "A member of the staff was changed.", IsPersonal: false);
    public static readonly Act MemberRemove = new("member.remove", "A member of the staff was removed.", IsPersonal: false);
    public static readonly Act ApiKeyAdd = new("apikey.add", "An API key was created.", IsPersonal: false);
    public static readonly Act ApiKeyRevoke = new("apikey.revoke", "An API key was revoked.", IsPersonal: false);

    public static readonly Act SigningKeyReplace = new(
        "keys.rotate_signing",
        "The keys that sign access tokens were replaced in an emergency.",
        IsPersonal: false
    );

    public static IReadOnlyList<Act> Declared { get; } =
    [
        SessionBegin,
        SessionEnd,
        SessionReused,
        RoleAdd,
        RoleChange,
        RoleRemove,
        MemberAdd,
        MemberChange,
        MemberRemove,
        ApiKeyAdd,
        ApiKeyRevoke,
        SigningKeyReplace,
    ];
}

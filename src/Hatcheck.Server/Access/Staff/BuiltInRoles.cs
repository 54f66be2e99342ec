using System.Collections.Frozen;
using Hatcheck.Server.Platform.Http;

namespace Hatcheck.Server.Access.Staff;

/// <summary>A named set of permissions.</summary>
/// <param name="Name">A code: 1 to 64 of <c>a-z 0-9 . _ -</c>.</param>
/// <param name="Permissions">In the order of <see cref="Platform.Http.Permissions.All"/>.</param>
/// <param name="BuiltIn">True if it is code, the same in every tenant.</param>
internal sealed record Role(string Name, IReadOnlyList<string> Permissions, bool BuiltIn = false);

/// <summary>The roles that every tenant has. docs/concepts/access.md shows them as a table; a test holds the page against this class.</summary>
internal static class BuiltInRoles
{
    public const string OwnerName = "owner";

    public static readonly Role Owner = Of(OwnerName, [.. Permissions.All]);

    public static readonly Role Manager = Of(
        "manager",
        Permissions.UsersRead, Permissions.UsersWrite, Permissions.UsersErase, Permissions.UsageRead, Permissions.ExportRead,
        Permissions.PreferencesRead, Permissions.PreferencesWrite, Permissions.PreferencesAdmin,
        Permissions.SessionsRead, Permissions.SessionsWrite, Permissions.RolesRead, Permissions.MembersRead, Permissions.MembersWrite, Permissions.ApiKeysRead);

    public static readonly Role Finance = Of("finance", Permissions.UsersRead);

    public static readonly Role Support = Of(
        "support", Permissions.UsersRead, Permissions.UsersWrite, Permissions.UsageRead, Permissions.PreferencesRead, Permissions.PreferencesWrite,
        Permissions.SessionsRead, Permissions.SessionsWrite);

    public static readonly Role CaseWorker = Of("case-worker", Permissions.UsersRead, Permissions.UsersWrite);

    public static readonly Role Auditor = Of(
        "auditor", Permissions.UsersRead, Permissions.UsageRead, Permissions.PreferencesRead, Permissions.SessionsRead, Permissions.RolesRead, Permissions.MembersRead, Permissions.ApiKeysRead);

    /// <summary>What an API key may do unless it is told otherwise.</summary>
    public static readonly Role Service = Of(
        "service", Permissions.UsersRead, Permissions.UsersWrite, Permissions.UsersErase, Permissions.UsageRead, Permissions.UsageWrite, Permissions.ExportRead,
        Permissions.PreferencesRead, Permissions.PreferencesWrite, Permissions.PreferencesAdmin, Permissions.SessionsRead, Permissions.SessionsWrite, Permissions.SessionsIssue);

    /// <summary>What a person may do, with their own user only.</summary>
    public static readonly Role Customer = Of(
        "customer", Permissions.UsersRead, Permissions.UsersWrite, Permissions.UsersErase, Permissions.UsageRead, Permissions.ExportRead,
        Permissions.PreferencesRead, Permissions.PreferencesWrite, Permissions.SessionsRead, Permissions.SessionsWrite);

    public static readonly IReadOnlyList<Role> All = [Owner, Manager, Finance, Support, CaseWorker, Auditor, Service, Customer];

    /// <summary>What every person holds, made once.</summary>
    public static readonly IReadOnlySet<string> OfPersons = Permissions.Of(Customer.Permissions);

    private static readonly FrozenDictionary<string, Role> ByName = All.ToFrozenDictionary(role => role.Name, StringComparer.Ordinal);

    public static Role? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Keys and persons have theirs by being keys and persons.</summary>
    public static bool IsForMembers(string name) => name != Service.Name && name != Customer.Name;

    private static Role Of(string name, params string[] permissions) => new(name, permissions, BuiltIn: true);
}

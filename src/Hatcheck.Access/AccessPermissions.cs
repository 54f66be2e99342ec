using Hatcheck.Platform.Http;
using static Hatcheck.Platform.Http.BuiltInRole;

namespace Hatcheck.Access;

/// <summary>Permissions for sessions, staff, roles and keys.</summary>
internal static class AccessPermissions
{
    public const string SessionsRead = "sessions:read";
    public const string SessionsWrite = "sessions:write";
    public const string SessionsIssue = "sessions:issue";
    public const string RolesRead = "roles:read";
    public const string RolesWrite = "roles:write";
    public const string MembersRead = "members:read";
    public const string MembersWrite = "members:write";
    public const string ApiKeysRead = "apikeys:read";
    public const string ApiKeysWrite = "apikeys:write";

    public static IReadOnlyList<Permission> Declared { get; } =
    [
        new(SessionsRead, "Lists sessions of users and members.", Manager, Support, Auditor, Service, Customer),
        new(SessionsWrite, "Ends sessions of users and members.", Manager, Support, Service, Customer),
        new(SessionsIssue, "Signs in any user that the caller names: its holder can act as any user.", Service),
        new(RolesRead, "Lists roles.", Manager, Auditor),
        new(RolesWrite, "Adds, changes and removes the tenant's own roles."),
        new(MembersRead, "Lists the staff.", Manager, Auditor),
        new(MembersWrite, "Adds, changes and removes staff.", Manager),
        new(ApiKeysRead, "Lists API keys, without the keys.", Manager, Auditor),
        new(ApiKeysWrite, "Creates and revokes API keys."),
    ];
}

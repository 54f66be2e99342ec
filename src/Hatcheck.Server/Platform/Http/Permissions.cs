namespace Hatcheck.Server.Platform.Http;

/// <summary>
/// What a caller may do, each by a name <c>things:verb</c>. API keys hold them directly (there they are called scopes), members and
/// persons by their roles. docs/concepts/access.md lists them; a test holds that page against this class.
/// </summary>
internal static class Permissions
{
    /// <summary>Held by every caller: who am I, and of which tenant.</summary>
    public const string TenantRead = "tenant:read";

    public const string UsersRead = "users:read";
    public const string UsersWrite = "users:write";
    public const string UsersErase = "users:erase";
    public const string UsageRead = "usage:read";
    public const string UsageWrite = "usage:write";
    public const string ExportRead = "export:read";
    public const string PreferencesRead = "preferences:read";
    public const string PreferencesWrite = "preferences:write";

    /// <summary>The tenant's own keys and defaults.</summary>
    public const string PreferencesAdmin = "preferences:admin";

    public const string SessionsRead = "sessions:read";

    /// <summary>Ends them.</summary>
    public const string SessionsWrite = "sessions:write";

    /// <summary>Signs persons in: whoever holds it can act as any of them.</summary>
    public const string SessionsIssue = "sessions:issue";

    public const string RolesRead = "roles:read";
    public const string RolesWrite = "roles:write";
    public const string MembersRead = "members:read";
    public const string MembersWrite = "members:write";
    public const string ApiKeysRead = "apikeys:read";
    public const string ApiKeysWrite = "apikeys:write";

    /// <summary>Everything that can be granted.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        UsersRead, UsersWrite, UsersErase, UsageRead, UsageWrite, ExportRead, PreferencesRead, PreferencesWrite, PreferencesAdmin,
        SessionsRead, SessionsWrite, SessionsIssue, RolesRead, RolesWrite, MembersRead, MembersWrite, ApiKeysRead, ApiKeysWrite,
    ];

    /// <summary>A caller's set: what was granted and is still known, and what every caller holds.</summary>
    public static IReadOnlySet<string> Of(IEnumerable<string> granted) =>
        granted.Where(All.Contains).Append(TenantRead).ToHashSet(StringComparer.Ordinal);
}

using Hatcheck.Platform.Http;
using static Hatcheck.Platform.Http.BuiltInRole;

namespace Hatcheck.People.Preferences;

/// <summary>Permissions for preferences.</summary>
internal static class PreferencePermissions
{
    public const string Read = "preferences:read";
    public const string Write = "preferences:write";
    public const string Admin = "preferences:admin";

    public static IReadOnlyList<Permission> Declared { get; } =
    [
        new(Read, "Reads preferences and their history.", Manager, Support, Auditor, Service, Customer),
        new(Write, "Changes preferences.", Manager, Support, Service, Customer),
        new(Admin, "Changes the tenant's own keys and defaults.", Manager, Service),
    ];
}

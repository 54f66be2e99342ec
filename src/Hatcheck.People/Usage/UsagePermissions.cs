using Hatcheck.Platform.Http;
using static Hatcheck.Platform.Http.BuiltInRole;

namespace Hatcheck.People.Usage;

/// <summary>Permissions for usage logs.</summary>
internal static class UsagePermissions
{
    public const string Read = "usage:read";
    public const string Write = "usage:write";

    public static IReadOnlyList<Permission> Declared { get; } =
    [
        new(Read, "Reads usage logs.", Manager, Support, Auditor, Service, Customer),
        new(Write, "Adds entries to usage logs.", Service),
    ];
}

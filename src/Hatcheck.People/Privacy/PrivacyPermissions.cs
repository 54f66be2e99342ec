using Hatcheck.Platform.Http;
using static Hatcheck.Platform.Http.BuiltInRole;

namespace Hatcheck.People.Privacy;

/// <summary>Permissions for a user's stored data.</summary>
internal static class PrivacyPermissions
{
    public const string Export = "export:read";

    public static IReadOnlyList<Permission> Declared { get; } =
    [new(Export, "Exports everything that is kept about a user.", Manager, Service, Customer)];
}

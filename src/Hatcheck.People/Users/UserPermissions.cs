using Hatcheck.Platform.Http;
using static Hatcheck.Platform.Http.BuiltInRole;

namespace Hatcheck.People.Users;

/// <summary>Permissions for users, their identities and their profiles.</summary>
internal static class UserPermissions
{
    public const string Read = "users:read";
    public const string Write = "users:write";
    public const string Erase = "users:erase";

    public static IReadOnlyList<Permission> Declared { get; } =
    [
        new(
            Read,
            "Finds users, and reads their profiles and identities.",
            Manager,
            Finance,
            Support,
            CaseWorker,
            Auditor,
            Service,
            Customer
        ),
        new(
            Write,
            "Creates and changes users, and links and merges identities.",
            Manager,
            Support,
            CaseWorker,
            Service,
            Customer
        ),
        new(Erase, "Deletes, restores and erases users.", Manager, Service, Customer),
    ];
}

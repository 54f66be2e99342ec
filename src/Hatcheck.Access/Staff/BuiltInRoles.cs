using System.Collections.Frozen;
using System.Text.Json;
using Hatcheck.Platform.Http;

namespace Hatcheck.Access.Staff;

/// <summary>A named set of permissions.</summary>
/// <param name="Name">A code: 1 to 64 of <c>a-z 0-9 . _ -</c>.</param>
/// <param name="Permissions">In the order of <see cref="KnownPermissions.Names"/>.</param>
/// <param name="BuiltIn">True if the role is defined in code, the same in every tenant.</param>
internal sealed record Role(string Name, IReadOnlyList<string> Permissions, bool BuiltIn = false);

/// <summary>
/// The roles that every tenant has, built from the holders that each permission declares. docs/concepts/access.md shows
/// them as a table; a test compares the page with this class.
/// </summary>
internal sealed class BuiltInRoles(KnownPermissions permissions)
{
    private readonly FrozenDictionary<string, Role> byName = Enum.GetValues<BuiltInRole>()
        .Select(role => Of(role, permissions))
        .ToFrozenDictionary(role => role.Name, StringComparer.Ordinal);

    /// <summary>All permissions.</summary>
    public KnownPermissions Known => permissions;

    public static string OwnerName { get; } = NameOf(BuiltInRole.Owner);

    public IReadOnlyList<Role> All => [.. Enum.GetValues<BuiltInRole>().Select(Get)];

    /// <summary>The permissions of every user, built once.</summary>
    public IReadOnlySet<string> OfPersons { get; } = permissions.Held(Of(BuiltInRole.Customer, permissions).Permissions);

    /// <summary>
    /// The permissions of a member's roles: each role by name, with its permissions if it is the tenant's own.
    /// </summary>
    public IReadOnlySet<string> Held(IEnumerable<(string? Role, string? Own)> roles) =>
        permissions.Held(
            roles.SelectMany(role => role.Role is null ? [] : Find(role.Role)?.Permissions ?? role.Own?.Split(' ') ?? [])
        );

    public Role Get(BuiltInRole role) => byName[NameOf(role)];

    public Role? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>Whether members can have the role: <c>service</c> is for keys, <c>customer</c> for users.</summary>
    public static bool IsForMembers(string name) => name != NameOf(BuiltInRole.Service) && name != NameOf(BuiltInRole.Customer);

    private static Role Of(BuiltInRole role, KnownPermissions permissions) =>
        new(
            NameOf(role),
            [
                .. permissions
                    .Declared.Where(one => role == BuiltInRole.Owner || one.HeldBy.Contains(role))
                    .Select(one => one.Name),
            ],
            BuiltIn: true
        );

    private static string NameOf(BuiltInRole role) => JsonNamingPolicy.KebabCaseLower.ConvertName(role.ToString());
}

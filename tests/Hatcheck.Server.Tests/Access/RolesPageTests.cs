using Hatcheck.Server.Access.Staff;
using Hatcheck.Server.Platform.Http;
using Hatcheck.TestKit;

namespace Hatcheck.Server.Tests.Access;

/// <summary>The page about access says what the code does.</summary>
public sealed class RolesPageTests
{
    private static readonly string[] Page = File.ReadAllLines(Repository.PathOf("docs", "concepts", "access.md"));

    [Fact]
    public void The_table_of_roles_is_the_codes()
    {
        var roles = BuiltInRoles.All;
        Page.ShouldContain($"| permission | {string.Join(" | ", roles.Select(role => role.Name))} |", StringComparer.Ordinal);
        foreach (var permission in Permissions.All)
            Page.ShouldContain($"| `{permission}` | {string.Join(" | ", roles.Select(role => role.Permissions.Contains(permission, StringComparer.Ordinal) ? "✓" : " "))} |", StringComparer.Ordinal);
        Page.Count(line => line.StartsWith("| `", StringComparison.Ordinal) && line.EndsWith(" |", StringComparison.Ordinal) && line.Count(c => c == '|') == roles.Count + 2)
            .ShouldBe(Permissions.All.Count);
    }

    [Fact]
    public void The_owner_holds_everything_and_no_permission_is_nobodys() => BuiltInRoles.Owner.Permissions.ShouldBe(Permissions.All);
}

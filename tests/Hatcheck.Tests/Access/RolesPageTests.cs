using Hatcheck.Platform.Http;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Access;

/// <summary>The page about access agrees with the code.</summary>
public sealed class RolesPageTests
{
    private static readonly string[] Page = File.ReadAllLines(Repository.PathOf("docs", "concepts", "access.md"));

    private static readonly KnownPermissions Known = Composition.Permissions;

    [Fact]
    public void The_table_of_roles_is_the_codes()
    {
        var roles = StaffSupport.Roles.All;
        Table($"| permission | {string.Join(" | ", roles.Select(role => role.Name))} |")
            .ShouldBe(
                Known.Names.Select(name =>
                {
                    var marks = roles.Select(role => role.Permissions.Contains(name, StringComparer.Ordinal) ? "✓" : " ");
                    return $"| `{name}` | {string.Join(" | ", marks)} |";
                })
            );
    }

    [Fact]
    public void The_page_says_what_each_permission_lets_its_holder_do() =>
        Table("| permission | its holder |")
            .ShouldBe(Known.Declared.Select(one => $"| `{one.Name}` | {Lower(one.Description)} |"));

    [Fact]
    public void The_owner_holds_everything_and_no_permission_is_nobodys() =>
        StaffSupport.Roles.Get(BuiltInRole.Owner).Permissions.ShouldBe(Known.Names);

    [Fact]
    public void What_a_permission_leaves_unsaid_or_takes_from_another_stops_the_start_and_is_named()
    {
        Refusal(new("shoes:read", "")).ShouldContain("shoes:read: has no description.");
        Refusal(new("Shoes", "Reads shoes.")).ShouldContain("Shoes: a name is things:verb");
        Refusal(new("users:read", "Reads users.")).ShouldContain("users:read: two permissions have this name.");
        Refusal(new("tenant:read", "Reads the tenant.")).ShouldContain("tenant:read: two permissions have this name.");
        Refusal(new("shoes:read", "Reads shoes.", BuiltInRole.Owner)).ShouldContain("shoes:read: the owner holds everything");

        static string Refusal(Permission permission) =>
            Should.Throw<InvalidOperationException>(() => new KnownPermissions([.. Known.Declared, permission])).Message;
    }

    /// <summary>The lines of the table under this head.</summary>
    private static IEnumerable<string> Table(string head)
    {
        Page.Contains(head, StringComparer.Ordinal).ShouldBeTrue(head);
        return Page.SkipWhile(line => line != head).Skip(2).TakeWhile(line => line.StartsWith('|'));
    }

    private static string Lower(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..^1];
}

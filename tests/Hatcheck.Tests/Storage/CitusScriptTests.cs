using System.Text.RegularExpressions;
using Hatcheck.Platform.Tables;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Storage;

/// <summary><c>deploy/postgres/citus.sql</c> against the declared tables. Citus itself is not run by any test.</summary>
public sealed partial class CitusScriptTests
{
    private static readonly string script = File.ReadAllText(Repository.PathOf("deploy", "postgres", "citus.sql"));

    [Fact]
    public void It_spreads_every_declared_table_of_a_tenant_and_leaves_those_of_the_installation()
    {
        Named("spread").ShouldBe(Declared(table => table.Policy == TablePolicy.Tenant), ignoreOrder: true);
        Named("spread")[0].ShouldBe("tenants", "the others refer to it");
        Named("everywhere").ShouldBe(Declared(table => table.Policy == TablePolicy.Reference), ignoreOrder: true);
        Named("coordinator").ShouldBe(Declared(table => table.Policy == TablePolicy.Installation), ignoreOrder: true);
    }

    [Fact]
    public void It_sends_the_tenants_setting_to_the_workers_for_every_role_that_a_policy_binds()
    {
        foreach (var role in new[] { "hatcheck_app", "hatcheck_readonly" })
            script.ShouldContain($"alter role {role} set citus.propagate_set_commands = 'local';");
    }

    private static IEnumerable<string> Declared(Func<Table, bool> wanted) =>
        Composition.Tables.Where(wanted).Select(table => table.Name);

    private static List<string> Named(string list)
    {
        var begin = script.IndexOf($"    {list} text[] := array[", StringComparison.Ordinal);
        begin.ShouldBeGreaterThan(0);
        var end = script.IndexOf("];", begin, StringComparison.Ordinal);
        return [.. Name().Matches(script[begin..end]).Select(match => match.Groups["name"].Value)];
    }

    [GeneratedRegex("'(?:keys\\.)?(?<name>[a-z_]+)'")]
    private static partial Regex Name();
}

using System.Reflection;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.Platform.Http;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Http;

/// <summary>The reference pages cover the whole API.</summary>
public sealed class ReferenceTests
{
    private static IEnumerable<string> Codes =>
        typeof(ProblemCodes)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(constant => (string)constant.GetValue(null)!);

    [Fact]
    public void Every_code_is_explained_once_and_no_other_is()
    {
        var rows = File.ReadAllLines(Repository.PathOf("docs", "reference", "errors.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains('`'))
            .ToList();
        rows.Select(row => row.Split('|')[2].Trim(' ', '`')).ShouldBe(Codes, ignoreOrder: true);
    }

    [Fact]
    public void Every_code_is_declared_by_one_capability_and_its_row_tells_the_status_that_it_declares()
    {
        Composition.Problems.All.Select(kind => kind.Code).ShouldBe(Codes, ignoreOrder: true);
        var page = File.ReadAllText(Repository.PathOf("docs", "reference", "errors.md"));
        foreach (var kind in Composition.Problems.All.Where(kind => kind.Status is not null))
            page.ShouldContain($"| {kind.Status} | `{kind.Code}` |");
    }

    [Fact]
    public void A_code_that_is_declared_twice_or_whose_title_is_no_sentence_is_refused()
    {
        var user = new ProblemKind("planted.one", 404, "There is no such planted thing.");
        Should
            .Throw<InvalidOperationException>(() => new ProblemInventory([user, user]))
            .Message.ShouldContain("planted.one: declared twice.");
        foreach (var title in new[] { "", "no capital letter.", "No full stop" })
            Should
                .Throw<InvalidOperationException>(() => new ProblemInventory([user with { Title = title }]))
                .Message.ShouldContain("planted.one: its title is not a sentence.");
    }

    [Fact]
    public void Every_operation_and_permission_is_on_the_page()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "reference", "api.md"));
        var paths = JsonNode.Parse(File.ReadAllText(Repository.PathOf("docs", "reference", "openapi.json")))![
            "paths"
        ]!.AsObject();
        foreach (var (path, operations) in paths)
        {
            foreach (var (method, _) in operations!.AsObject())
                page.ShouldContain($"{method.ToUpperInvariant()} {path}");
        }

        foreach (var scope in Composition.Permissions.Names)
            page.ShouldContain($"`{scope}`");
    }
}

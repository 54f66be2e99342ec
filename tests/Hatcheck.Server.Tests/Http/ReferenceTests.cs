using System.Reflection;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.TestKit;

namespace Hatcheck.Server.Tests.Http;

/// <summary>The reference pages name everything that the API has.</summary>
public sealed class ReferenceTests
{
    private static IEnumerable<string> Codes => typeof(ProblemCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(constant => (string)constant.GetValue(null)!);

    [Fact]
    public void Every_code_is_explained_once_and_no_other_is()
    {
        var rows = File.ReadAllLines(Repository.PathOf("docs", "reference", "errors.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains('`')).ToList();
        rows.Select(row => row.Split('|')[2].Trim(' ', '`')).ShouldBe(Codes, ignoreOrder: true);
    }

    [Fact]
    public void Every_code_has_a_title_that_is_a_sentence()
    {
        foreach (var code in Codes)
        {
            var title = ProblemTitles.Of(code);
            char.IsUpper(title[0]).ShouldBeTrue(title);
            title.ShouldEndWith(".");
        }
    }

    [Fact]
    public void Every_operation_and_permission_is_on_the_page()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "reference", "api.md"));
        var paths = JsonNode.Parse(File.ReadAllText(Repository.PathOf("docs", "reference", "openapi.json")))!["paths"]!.AsObject();
        foreach (var (path, operations) in paths)
        {
            foreach (var (method, _) in operations!.AsObject()) page.ShouldContain($"{method.ToUpperInvariant()} {path}");
        }

        foreach (var scope in Composition.Permissions.Names) page.ShouldContain($"`{scope}`");
    }
}

using System.Text.RegularExpressions;
using Hatcheck.TestKit;

namespace Hatcheck.Architecture.Tests.Docs;

/// <summary>
/// docs/promises.md has a row for each promise of the five systems and each of our own, and names existing tests.
/// </summary>
public sealed partial class PromiseTests
{
    /// <summary>Number of clauses in each system's promise; each clause has its own row, as has each of B1 to B18.</summary>
    private static readonly Dictionary<string, int> clauses = new(StringComparer.Ordinal)
    {
        ["S1"] = 8,
        ["S2"] = 13,
        ["S3"] = 21,
        ["S4"] = 16,
        ["S5"] = 20,
    };

    [Fact]
    public async Task Every_promise_has_one_row_with_an_honest_status() =>
        Faults(File.ReadAllText(Repository.PathOf("docs", "promises.md")), Expected(), await TestNamesAsync()).ShouldBeEmpty();

    [Fact]
    public async Task Every_test_that_a_page_names_exists() =>
        Unknown(await Tracked.FilesAsync(".md"), await TestNamesAsync()).ShouldBeEmpty();

    [Fact]
    public void A_planted_test_name_that_leads_nowhere_is_caught()
    {
        HashSet<string> tests = ["A_test_that_exists"];
        Unknown([new SourceFile("docs/a.md", "see `A_test_that_exists`, `hatcheck_app` and `HATCHECK_TEST_PG_BIN`")], tests)
            .ShouldBeEmpty();
        Unknown([new SourceFile("docs/a.md", "see `A_test_that_is_gone`")], tests).ShouldHaveSingleItem();
    }

    [Fact]
    public void Planted_faults_are_caught()
    {
        string[] expected = ["S1.1", "B1"];
        HashSet<string> tests = ["A_test_that_exists", "says hello"];
        List<string> Of(params string[] rows) => Faults(string.Join('\n', rows), expected, tests);
        const string Done = "| S1.1 | ids | done | | `A_test_that_exists` |";
        const string Not = "| B1 | one refresh | not | comes with the tokens issue | |";

        Of(Done, Not).ShouldBeEmpty();
        Of("| S1.1 | ids | partly | half | `says hello`, `A_test_that_exists` |", Not).ShouldBeEmpty();
        Of(Done).ShouldHaveSingleItem("a row is missing");
        Of(Done, Done, Not).ShouldHaveSingleItem("a row is there twice");
        Of(Done, Not, "| B99 | more | not | why | |").ShouldHaveSingleItem("not a promise");
        Of("| S1.1 | ids | nearly | | `A_test_that_exists` |", Not).ShouldHaveSingleItem("no such status");
        Of("| S1.1 | ids | done | | `A_test_that_is_gone` |", Not).ShouldHaveSingleItem("the test does not exist");
        Of("| S1.1 | ids | done | | |", Not).ShouldHaveSingleItem("done without a test");
        Of(Done, "| B1 | one refresh | not | | |").ShouldHaveSingleItem("not, without a reason");
        Of("| S1.1 | ids | partly | | `A_test_that_exists` |", Not)
            .ShouldHaveSingleItem("partly, without saying what is missing");
    }

    private static string[] Expected() =>
        [
            .. clauses.SelectMany(system => Enumerable.Range(1, system.Value).Select(clause => $"{system.Key}.{clause}")),
            .. Enumerable.Range(1, 18).Select(promise => $"B{promise}"),
        ];

    private static List<string> Faults(string page, string[] expected, HashSet<string> tests)
    {
        var rows = Row().Matches(page).Select(m => m.Groups["cells"].Value.Split('|', StringSplitOptions.TrimEntries)).ToList();
        var faults = new List<string>();
        faults.AddRange(expected.Where(id => rows.Count(row => row[0] == id) != 1).Select(id => $"{id}: wants one row"));
        foreach (var row in rows)
        {
            if (!expected.Contains(row[0], StringComparer.Ordinal))
                faults.Add($"{row[0]}: not a promise");
            if (row is not [var id, _, var status, var reason, var shown])
            {
                faults.Add($"{row[0]}: wants five cells");
                continue;
            }

            if (status is not ("done" or "partly" or "not"))
                faults.Add($"{id}: status '{status}'");
            if (status is "partly" or "not" && reason.Length == 0)
                faults.Add($"{id}: {status}, why?");
            if (status is "done" or "partly" && shown.Length == 0)
                faults.Add($"{id}: {status}, shown by what?");
            faults.AddRange(
                Quoted()
                    .Matches(shown)
                    .Select(m => m.Groups["name"].Value)
                    .Where(name => !tests.Contains(name.Split('.')[^1]) && !tests.Contains(name))
                    .Select(name => $"{id}: no test is named {name}")
            );
        }

        return faults;
    }

    private static List<string> Unknown(IEnumerable<SourceFile> pages, HashSet<string> tests) =>
        [
            .. from page in pages
            from Match quoted in TestName().Matches(page.Text)
            let name = quoted.Groups["name"].Value
            where !tests.Contains(name)
            select $"{page.Path}: {name}",
        ];

    /// <summary>Test methods of all .NET projects, the sentences of the console's tests, and the scripts of the gates.</summary>
    private static async Task<HashSet<string>> TestNamesAsync() =>
        [
            .. (await Tracked.FilesAsync(".cs"))
                .Where(f => f.Path.StartsWith("tests/", StringComparison.Ordinal))
                .SelectMany(f => Method().Matches(f.Text))
                .Select(m => m.Groups["name"].Value),
            .. (await Tracked.FilesAsync(".test.ts", ".test.tsx", ".test.mjs"))
                .SelectMany(f => Sentence().Matches(f.Text))
                .Select(m => m.Groups["name"].Value),
            .. (await Tracked.FilesAsync(".sh"))
                .Select(f => f.Path)
                .Where(path => path.StartsWith("ci/", StringComparison.Ordinal)),
        ];

    [GeneratedRegex(@"^\| (?<cells>[SB]\d+(?:\.\d+)? \|.*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    // A sentence: a capital first, and at least three single underscores; settings have double ones and variables are all
    // capitals.
    [GeneratedRegex("`(?<name>(?![A-Z_]+`)[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+){3,})`")]
    private static partial Regex TestName();

    [GeneratedRegex("`(?<name>[^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\[(?:Fact|Theory)[^\n]*\n(?:\s*\[[^\n]*\n)*\s*public [\w<>\[\] ]*? (?<name>\w+)\(")]
    private static partial Regex Method();

    [GeneratedRegex("""\b(?:it|test)(?:\.\w+)?\(\s*(?<quote>['"`])(?<name>.*?)\k<quote>""")]
    private static partial Regex Sentence();
}

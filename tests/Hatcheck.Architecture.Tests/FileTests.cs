using System.Text.RegularExpressions;

namespace Hatcheck.Architecture.Tests;

public sealed partial class FileTests
{
    private const int Columns = 130;

    [Fact]
    public async Task No_file_outgrows_its_reader() =>
        TooLong(await Tracked.FilesAsync(".cs", ".ts", ".tsx", ".mjs", ".js", ".sh", ".sql", ".py", "/run", "/test"))
            .ShouldBeEmpty();

    [Fact]
    public void A_planted_long_file_is_caught()
    {
        static SourceFile Of(string path, int lines) => new(path, string.Concat(Enumerable.Repeat("x\n", lines)));
        TooLong([Of("src/A/B.cs", 400), Of("tests/A.Tests/B.cs", 500), Of("console/src/api.gen.ts", 9000)]).ShouldBeEmpty();
        TooLong([Of("src/A/B.cs", 401)]).ShouldHaveSingleItem();
        TooLong([Of("tests/A.Tests/B.cs", 501)]).ShouldHaveSingleItem();
        TooLong([Of("console/src/Chat.test.tsx", 501)]).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task No_line_is_wider_than_a_page() =>
        TooWide(await Tracked.FilesAsync(".cs", ".ts", ".tsx", ".mjs", ".js", ".sh", ".py", "/run", "/test")).ShouldBeEmpty();

    [Fact]
    public void A_planted_wide_line_is_caught()
    {
        static SourceFile Of(string path, int columns) => new(path, $"x\n{new string('é', columns)}\nx");
        TooWide([Of("src/A/B.cs", 130), Of("console/src/api.gen.ts", 900)]).ShouldBeEmpty();
        TooWide([Of("src/A/B.cs", 131)]).ShouldBe(["src/A/B.cs:2: 131 columns, at most 130"]);
    }

    [Fact]
    public async Task No_file_is_a_bag_of_odds_and_ends() => Bags(await Tracked.PathsAsync()).ShouldBeEmpty();

    [Theory]
    [InlineData("src/Hatcheck.People/Users/UserHelper.cs")]
    [InlineData("src/Hatcheck.People/Users/KeyManager.cs")]
    [InlineData("src/Hatcheck.Client/StringUtils.cs")]
    [InlineData("console/src/chatHelpers.ts")]
    [InlineData("console/src/utils.ts")]
    public void A_planted_bag_is_caught(string path) => Bags([path]).ShouldHaveSingleItem();

    [Fact]
    public async Task No_file_names_a_machine_or_its_registry() => Machines(await Tracked.FilesAsync()).ShouldBeEmpty();

    [Theory]
    [InlineData("docs/a.md", "run it in /wo|rk/main")]
    [InlineData("src/a.cs", "\"/ro|ot/.nuget\"")]
    [InlineData("src/a.cs", "\"/ho|me/anna/data\"")]
    [InlineData("console/package-lock.json", "\"resol|ved\": \"https://registry.example/a.tgz\"")]
    [InlineData("NuGet.Config", "<configuration />")]
    [InlineData("console/.npmrc", "fund=false\nregistry=https://registry.example/\n")]
    public void A_planted_machine_is_caught(string path, string text) =>
        Machines([new SourceFile(path, text.Replace("|", ""))]).ShouldHaveSingleItem();

    [Fact]
    public void Settings_of_a_tool_that_name_no_machine_may_stay() =>
        Machines([new SourceFile("console/.npmrc", "omit-lockfile-registry-resolved=true\n")]).ShouldBeEmpty();

    private static List<string> TooLong(IEnumerable<SourceFile> files) =>
        [
            .. from file in files
            where !Generated().IsMatch(file.Path)
            let lines = file.Text.Count(c => c == '\n')
            let limit = ForTests().IsMatch(file.Path) ? 500 : 400
            where lines > limit
            select $"{file.Path}: {lines} lines, at most {limit}",
        ];

    private static List<string> TooWide(IEnumerable<SourceFile> files) =>
        [
            .. from file in files
            where !Generated().IsMatch(file.Path)
            from line in file.Text.Split('\n').Index()
            where line.Item.TrimEnd('\r').Length > Columns
            select $"{file.Path}:{line.Index + 1}: {line.Item.Length} columns, at most {Columns}",
        ];

    private static List<string> Bags(IEnumerable<string> paths) => [.. paths.Where(path => Bag().IsMatch(path))];

    /// <summary>
    /// Lock files written on one machine must not send others to its registry, and settings of a machine stay on it.
    /// </summary>
    private static List<string> Machines(IEnumerable<SourceFile> files) =>
        [
            .. files
                .Where(f =>
                    MachinePath().IsMatch(f.Text)
                    || f.Text.Contains("\"resolved\"" + ": \"http")
                    || MachineSettings().IsMatch($"{f.Path}\n{f.Text}")
                )
                .Select(f => f.Path),
        ];

    [GeneratedRegex(@"\.gen\.ts$|schema\.d\.ts$|/obj/")]
    private static partial Regex Generated();

    [GeneratedRegex(@"^(?:tests|bench)/|\.test\.\w+$|/e2e/")]
    private static partial Regex ForTests();

    [GeneratedRegex(@"(?:Helpers?|Managers?|Utils?)\.(?:cs|tsx?|mjs|js|py)$", RegexOptions.IgnoreCase)]
    private static partial Regex Bag();

    // Split in the pattern, so that this file does not match itself.
    [GeneratedRegex(@"(?<![\w.~/$}-])/(?:wo[r]k|ro[o]t|ho[m]e/\w+|Us[e]rs/\w+)/")]
    private static partial Regex MachinePath();

    [GeneratedRegex(
        @"^(?:[^\n]*/)?(?:nuget\.config\n|\.npmrc\n.*(?:registry *=|_auth|proxy))",
        RegexOptions.IgnoreCase | RegexOptions.Singleline
    )]
    private static partial Regex MachineSettings();
}

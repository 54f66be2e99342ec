using System.Text.RegularExpressions;

namespace Hatcheck.Architecture.Tests;

public sealed partial class NamespaceTests
{
    [Fact]
    public async Task Every_namespace_is_its_folder() => Misplaced(await Tracked.FilesAsync(".cs")).ShouldBeEmpty();

    [Theory]
    [InlineData("src/Hatcheck.People/Users/UserStore.cs", "namespace Hatcheck.People.Users;")]
    [InlineData("bots/MusicBot/Program.cs", "Console.WriteLine();")]
    [InlineData("tests/Hatcheck.Crypto.Tests/CellTests.cs", "namespace Hatcheck.Crypto.Tests;")]
    public void A_file_in_its_place_passes(string path, string text) => Misplaced([new SourceFile(path, text)]).ShouldBeEmpty();

    [Theory]
    [InlineData("src/Hatcheck.People/Users/UserStore.cs", "namespace Hatcheck.People;")]
    [InlineData("src/Hatcheck.People/Users/UserStore.cs", "namespace Hatcheck.Access;")]
    [InlineData("src/Hatcheck.Crypto/Cell.cs", "namespace Hatcheck.Crypto\n{")]
    [InlineData("src/Hatcheck.Crypto/Cell.cs", "internal sealed class WithoutNamespace;")]
    public void A_planted_stray_is_caught(string path, string text) => Misplaced([new SourceFile(path, text)]).Count.ShouldBe(1);

    /// <summary>Files whose (file-scoped) namespace is not the project's name plus the folders below it.</summary>
    private static List<string> Misplaced(IEnumerable<SourceFile> files)
    {
        var strays = new List<string>();
        foreach (var file in files.Where(f => InProject().IsMatch(f.Path)))
        {
            var expected = string.Join('.', file.Folder.Split('/').Skip(1));
            var actual = Declared().Match(file.Text).Groups["name"].Value;
            var isTopLevelProgram = file.Name is "Program.cs" && actual.Length == 0;
            if (actual != expected && !isTopLevelProgram)
                strays.Add($"{file.Path}: '{actual}' should be '{expected}'");
        }

        return strays;
    }

    [GeneratedRegex(@"^(?:src|bots|tests)/[^/]+/.*\.cs$")]
    private static partial Regex InProject();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Declared();
}

using System.Text.RegularExpressions;
using Hatcheck.TestKit;

namespace Hatcheck.Architecture.Tests;

/// <summary>
/// Checks the lists of banned symbols against the sources. The analyser does so in the build, but is silent when its list
/// isn't found: it once looked for another file name and let raw cryptography pass.
/// </summary>
public sealed partial class BannedSymbolTests
{
    [Fact]
    public async Task No_source_names_a_banned_symbol() => Named(await Tracked.FilesAsync(".cs")).ShouldBeEmpty();

    [Theory]
    [InlineData("src/Hatcheck.Client/A.cs", "using var cipher = new AesGcm(key, 16);")]
    [InlineData("bots/MusicBot/A.cs", "System.Security.Cryptography.HMACSHA256.HashData(a, b)")]
    [InlineData("src/Hatcheck.Access/A.cs", "Rfc2898DeriveBytes.Pbkdf2(")]
    [InlineData("src/Hatcheck.Crypto/A.cs", "var now = DateTimeOffset.UtcNow;")]
    [InlineData("src/Hatcheck.Simulator/A.cs", "var now = System.DateTime.Now;")]
    [InlineData("src/Hatcheck.Simulator/A.cs", "Thread.Sleep(5);")]
    public void A_planted_symbol_is_caught(string path, string text) =>
        Named([new SourceFile(path, text)]).ShouldHaveSingleItem();

    [Theory]
    [InlineData("src/Hatcheck.Crypto/A.cs", "new AesGcm(key, 16)")]
    [InlineData("src/Hatcheck.Client/A.cs", "// AesGcm lives in Hatcheck.Crypto")]
    [InlineData("src/Hatcheck.Client/A.cs", "/// <summary>An HMACSHA256 value</summary>")]
    [InlineData("tests/Hatcheck.Client.Tests/A.cs", "DateTimeOffset.UtcNow")]
    public void What_is_allowed_passes(string path, string text) => Named([new SourceFile(path, text)]).ShouldBeEmpty();

    [Fact]
    public void The_lists_have_the_names_that_the_analyser_looks_for()
    {
        var included = Included()
            .Matches(File.ReadAllText(Repository.PathOf("Directory.Build.targets")))
            .Select(m => m.Groups["name"].Value)
            .ToList();
        included.Count.ShouldBe(2);
        included.ShouldAllBe(name => AnalysersName().IsMatch(name) && File.Exists(Repository.PathOf(name)));
    }

    private static List<string> Named(IEnumerable<SourceFile> files)
    {
        var crypto = Listed("BannedSymbols.Crypto.txt");
        var everywhere = Listed("BannedSymbols.txt");
        return
        [
            .. from file in files
            where
                file.Path.StartsWith("src/", StringComparison.Ordinal) || file.Path.StartsWith("bots/", StringComparison.Ordinal)
            let code = Comment().Replace(file.Text, "")
            from symbol in file.Path.StartsWith("src/Hatcheck.Crypto/", StringComparison.Ordinal)
                ? everywhere
                : [.. everywhere, .. crypto]
            where Regex.IsMatch(code, $@"\b{Regex.Escape(symbol)}\b")
            select $"{file.Path}: {symbol}",
        ];
    }

    /// <summary>A type by its name, a member by its type's name and its own.</summary>
    private static List<string> Listed(string file) =>
        [
            .. File.ReadLines(Repository.PathOf(file))
                .Select(line => Entry().Match(line))
                .Select(m =>
                    m.Groups["kind"].Value == "T" ? m.Groups["last"].Value : $"{m.Groups["owner"].Value}.{m.Groups["last"].Value}"
                )
                .Distinct(StringComparer.Ordinal),
        ];

    [GeneratedRegex(@"^(?<kind>[TPM]):(?:\w+\.)*?(?<owner>\w+)\.(?<last>\w+)(?:\(.*\))?;")]
    private static partial Regex Entry();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex("AdditionalFiles Include=\"\\$\\(MSBuildThisFileDirectory\\)(?<name>[^\"]+)\"")]
    private static partial Regex Included();

    // The format that Microsoft.CodeAnalysis.BannedApiAnalyzers documents.
    [GeneratedRegex(@"^BannedSymbols(?:\..+)?\.txt$")]
    private static partial Regex AnalysersName();
}

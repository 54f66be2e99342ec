using System.Text.RegularExpressions;
using Hatcheck.TestKit;

namespace Hatcheck.Architecture.Tests.Docs;

public sealed partial class SnippetTests
{
    [Fact]
    public void The_bot_in_the_README_is_the_one_that_is_compiled_here()
    {
        var source = File.ReadAllText(Repository.PathOf("tests", "Hatcheck.Architecture.Tests", "Snippets", "FiveMinuteBot.cs"))
            .ReplaceLineEndings("\n");
        var readme = File.ReadAllText(Repository.PathOf("README.md")).ReplaceLineEndings("\n");
        Code().Match(readme).Groups["code"].Value.Trim().ShouldBe(Program(source));
    }

    /// <summary>
    /// The part between the marks as a program: our own usings (a worker project has the others), unindented.
    /// </summary>
    private static string Program(string source)
    {
        var usings = source.Split('\n').Where(line => line.StartsWith("using Hatcheck.", StringComparison.Ordinal));
        var body = source.Split("// The README's part begins.\n")[1].Split("// The README's part ends.")[0].TrimEnd();
        return string.Join('\n', usings)
            + "\n\n"
            + string.Join('\n', body.Split('\n').Select(line => line.Length > 8 ? line[8..] : line.TrimStart()));
    }

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Code();
}

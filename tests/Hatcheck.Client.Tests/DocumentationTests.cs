using Hatcheck.TestKit;

namespace Hatcheck.Client.Tests;

public sealed class DocumentationTests
{
    [Fact]
    public void The_example_of_the_SDK_page_is_the_compiled_one()
    {
        var lines = File.ReadAllLines(Repository.PathOf("tests", "Hatcheck.Client.Tests", "SdkExample.cs"));
        var example = lines
            .SkipWhile(l => l.Trim() != "// example")
            .Skip(1)
            .TakeWhile(l => l.Trim() != "// end")
            .Select(l => l.Length > 8 ? l[8..] : "")
            .ToArray();

        example.Length.ShouldBeGreaterThan(10);
        File.ReadAllText(Repository.PathOf("docs", "reference", "sdk.md"))
            .ReplaceLineEndings("\n")
            .ShouldContain(string.Join('\n', example));
    }
}

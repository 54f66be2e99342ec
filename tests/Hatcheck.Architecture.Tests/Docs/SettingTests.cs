using System.Text.RegularExpressions;
using Hatcheck.TestKit;

namespace Hatcheck.Architecture.Tests.Docs;

/// <summary>
/// The bots' `.env.example` has every setting that their code reads by name, and no other. The server's tests check the
/// server's.
/// </summary>
public sealed partial class SettingTests
{
    [Fact]
    public async Task The_music_bots_example_file_has_every_setting_and_no_other() =>
        Listed(File.ReadAllText(Repository.PathOf("bots", "MusicBot", ".env.example")))
            .ShouldBe(
                Asked(
                    (await Tracked.FilesAsync(".cs")).Where(f => f.Path.StartsWith("bots/MusicBot/", StringComparison.Ordinal))
                ),
                ignoreOrder: true
            );

    [Fact]
    public void A_planted_setting_without_a_line_and_a_line_without_a_setting_differ()
    {
        var asked = Asked([
            new SourceFile(
                "bots/MusicBot/A.cs",
                "reader.Text(\"Bot:Pause\"); reader.Text(\"Bot:Pause\"); reader.Text(\"Hatcheck:Url\");"
            ),
        ]);
        asked.ShouldBe(["Bot__Pause", "Hatcheck__Url"]);
        Listed("# Bot__Pause=1\nHatcheck__Url=\n# a sentence = no setting\n").ShouldBe(asked);
        Listed("# Bot__Paws=1\n").ShouldBe(["Bot__Paws"]);
    }

    private static List<string> Listed(string example) => [.. Line().Matches(example).Select(m => m.Groups["name"].Value)];

    private static List<string> Asked(IEnumerable<SourceFile> sources) =>
        [
            .. sources
                .SelectMany(f => ByName().Matches(f.Text))
                .Select(m => m.Groups["name"].Value.Replace(":", "__"))
                .Distinct(StringComparer.Ordinal),
        ];

    [GeneratedRegex(@"^(?:# )?(?<name>[A-Z][A-Za-z]+__[A-Za-z_]+)=", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("\"(?<name>(?:Bot|Hatcheck):[A-Z][A-Za-z]+)\"")]
    private static partial Regex ByName();
}

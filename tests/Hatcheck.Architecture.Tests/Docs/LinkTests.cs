using System.Text.RegularExpressions;

namespace Hatcheck.Architecture.Tests.Docs;

public sealed partial class LinkTests
{
    [Fact]
    public async Task Every_link_between_pages_leads_somewhere() =>
        Broken(await Tracked.FilesAsync(".md"), [.. await Tracked.PathsAsync()]).ShouldBeEmpty();

    [Fact]
    public void Planted_broken_links_are_caught_and_good_ones_pass()
    {
        HashSet<string> paths = ["docs/a.md", "docs/deep/b.md", "docs/images/demo.png"];
        static SourceFile Page(string text) => new("docs/a.md", text);
        var other = new SourceFile(
            "docs/deep/b.md",
            "# Keys & data: the `KEK`\n\n## Twice\n\n## Twice\n\n<a id=\"by-hand\"></a>\n```\n# not a heading\n```"
        );
        List<string> Of(string text) => Broken([Page(text), other], paths);

        Of("[b](deep/b.md) [c](deep/b.md#keys--data-the-kek) [d](deep/b.md#twice-1) [e](deep/b.md#by-hand) [top](#here)\n# Here")
            .ShouldBeEmpty();
        Of(
                "![picture](images/demo.png) [web](https://example.com/x) [folder](deep/) "
                    + "`[not](a-link.md)`\n```\n[nor](this.md)\n```"
            )
            .ShouldBeEmpty();
        Of("[gone](c.md)").ShouldHaveSingleItem();
        Of("![gone](images/other.png)").ShouldHaveSingleItem();
        Of("[gone](deep/b.md#nowhere)").ShouldHaveSingleItem();
        Of("[gone](deep/b.md#not-a-heading)").ShouldHaveSingleItem();
        Of("[gone](#nowhere)").ShouldHaveSingleItem();
        Of("[out](../../other/c.md)").ShouldHaveSingleItem();
    }

    private static List<string> Broken(IReadOnlyList<SourceFile> pages, HashSet<string> paths)
    {
        var anchors = pages.ToDictionary(page => page.Path, AnchorsOf, StringComparer.Ordinal);
        return
        [
            .. from page in pages
            from Match link in Link().Matches(InlineCode().Replace(WithoutFences(page.Text), ""))
            let target = link.Groups["target"].Value
            where !target.Contains("://") && !target.StartsWith("mailto:", StringComparison.Ordinal)
            // A page of the forge that hosts the repository.
            where !target.StartsWith("../../actions/", StringComparison.Ordinal)
            where !Leads(page, target, paths, anchors)
            select $"{page.Path}: {target}",
        ];
    }

    private static bool Leads(SourceFile page, string target, HashSet<string> paths, Dictionary<string, HashSet<string>> anchors)
    {
        var (path, anchor) = target.Split('#', 2) is [var before, var after] ? (before, after) : (target, null);
        var resolved =
            path.Length == 0 ? page.Path : Path.GetRelativePath("/", Path.GetFullPath(path, "/" + page.Folder)).TrimEnd('/');
        if (path.StartsWith("../", StringComparison.Ordinal) && path.Split("../").Length - 1 > page.Path.Count(c => c == '/'))
            return false;
        if (anchor is not null)
            return anchors.TryGetValue(resolved, out var known) && known.Contains(anchor);
        return paths.Contains(resolved) || paths.Any(p => p.StartsWith(resolved + "/", StringComparison.Ordinal));
    }

    /// <summary>
    /// GitHub's anchors of headings: lower case, punctuation dropped, blanks as hyphens, repeats numbered.
    /// </summary>
    private static HashSet<string> AnchorsOf(SourceFile page)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match heading in Heading().Matches(WithoutFences(page.Text)))
        {
            var text = LinkText().Replace(heading.Groups["text"].Value.Trim(), "${text}");
            var slug = Dropped().Replace(text.ToLowerInvariant(), "").Replace(' ', '-');
            var unique = slug;
            for (var repeat = 1; !anchors.Add(unique); repeat++)
                unique = $"{slug}-{repeat}";
        }

        foreach (Match id in Id().Matches(page.Text))
            anchors.Add(id.Groups["id"].Value);
        return anchors;
    }

    private static string WithoutFences(string text) => Fence().Replace(text, "");

    [GeneratedRegex(@"^ *```.*?^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkText();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Dropped();

    [GeneratedRegex("<a id=\"(?<id>[^\"]+)\">")]
    private static partial Regex Id();
}

using FsCheck;
using FsCheck.Fluent;
using Hatcheck.Simulator.Text;
using Hatcheck.Simulator.Wire;

namespace Hatcheck.Simulator.Tests;

public sealed class TextTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20_260_611, 7);

    [Theory]
    [InlineData("/start", "/start")]
    [InlineData("/start@music_bot now", "/start@music_bot")]
    [InlineData("say /help, please", "/help")]
    [InlineData("😀 /a /b_2", "/a", "/b_2")]
    [InlineData("and/or")]
    [InlineData("https://example.com/path")]
    [InlineData("/")]
    [InlineData("//x")]
    [InlineData("/ünter")]
    public void Commands_are_found_as_Telegram_finds_them(string text, params string[] commands) =>
        CommandEntities.Find(text).Select(e => text.Substring(e.Offset, e.Length)).ShouldBe(commands);

    [Fact]
    public void Command_entities_lie_within_any_text_and_never_overlap() =>
        Prop.ForAll(
                Texts().ToArbitrary(),
                text =>
                {
                    var end = 0;
                    foreach (var entity in CommandEntities.Find(text))
                    {
                        entity.Offset.ShouldBeGreaterThanOrEqualTo(end);
                        end = entity.Offset + entity.Length;
                        text[entity.Offset..end].ShouldStartWith("/");
                    }
                }
            )
            .Check(Fixed);

    [Fact]
    public void Any_text_survives_html_and_markdown_once_it_is_escaped() =>
        Prop.ForAll(
                Texts().ToArbitrary(),
                text =>
                {
                    var html = text.Replace("&", "&amp;", StringComparison.Ordinal)
                        .Replace("<", "&lt;", StringComparison.Ordinal)
                        .Replace(">", "&gt;", StringComparison.Ordinal);
                    Read(HtmlText.Parse(html)).Text.ShouldBe(text);
                    Read(MarkdownText.Parse(string.Concat(text.Select(Escaped)))).Text.ShouldBe(text);
                }
            )
            .Check(Fixed);

    [Fact]
    public void Marked_up_words_get_entities_at_the_right_units() =>
        Prop.ForAll(
                Words().ToArbitrary(),
                words =>
                {
                    var (plain, html, markdown, expected) = ("", "", "", new List<MessageEntity>());
                    foreach (var (word, style) in words)
                    {
                        if (style.Type.Length > 0)
                            expected.Add(new MessageEntity(style.Type, plain.Length, word.Length));
                        plain += word + " ";
                        html += $"{style.HtmlOpen}{word}{style.HtmlClose} ";
                        markdown += $"{style.Mark}{word}{style.Mark} ";
                    }

                    foreach (var read in (FormattedText[])[Read(HtmlText.Parse(html)), Read(MarkdownText.Parse(markdown))])
                    {
                        read.Text.ShouldBe(plain);
                        read.Entities.ShouldBe(expected);
                    }
                }
            )
            .Check(Fixed);

    [Fact]
    public void No_text_at_all_breaks_the_readers() =>
        Prop.ForAll(
                Texts().ToArbitrary(),
                text =>
                {
                    foreach (var result in (MarkupResult[])[HtmlText.Parse(text), MarkdownText.Parse(text)])
                    {
                        if (result is not MarkupResult.Read { Text: var read })
                            continue;
                        foreach (var entity in read.Entities)
                            (entity.Offset + entity.Length).ShouldBeLessThanOrEqualTo(read.Text.Length);
                    }
                }
            )
            .Check(Fixed);

    [Theory]
    [InlineData("<b>bold <i>both</i></b>", "bold both", "bold 0+9", "italic 5+4")]
    [InlineData("<a href=\"https://example.com/?a=1&amp;b=2\">here</a>", "here", "text_link 0+4 https://example.com/?a=1&b=2")]
    [InlineData("<pre><code class=\"language-csharp\">var x;</code></pre>", "var x;", "pre 0+6 csharp")]
    [InlineData("<span class=\"tg-spoiler\">s</span>&#128512;&#x41;", "s😀A", "spoiler 0+1")]
    [InlineData("<code>/start</code> /help", "/start /help", "code 0+6")]
    [InlineData("AT&T &nbsp; &", "AT&T &nbsp; &")]
    public void Html_is_read(string html, string text, params string[] entities) =>
        Described(HtmlText.Parse(html), text, entities);

    [Theory]
    [InlineData("*bold _both_*", "bold both", "bold 0+9", "italic 5+4")]
    [InlineData("[here](https://example.com/a\\)b)", "here", "text_link 0+4 https://example.com/a)b")]
    [InlineData("```python\nprint(1)```", "print(1)", "pre 0+8 python")]
    [InlineData("`a*b` __u__ ~s~ ||h||", "a*b u s h", "code 0+3", "underline 4+1", "strikethrough 6+1", "spoiler 8+1")]
    [InlineData("1\\.5 \\> 1", "1.5 > 1")]
    public void Markdown_is_read(string markdown, string text, params string[] entities) =>
        Described(MarkdownText.Parse(markdown), text, entities);

    [Theory]
    [InlineData("<b>unclosed", "Can't find end tag corresponding to start tag \"b\"")]
    [InlineData("<script>alert(1)</script>", "Unsupported start tag \"script\" at byte offset 0")]
    [InlineData("ä<b><i>test</b></i>", "Unmatched end tag at byte offset 12, expected \"</i>\", found \"</b>\"")]
    [InlineData("a</b>", "Unexpected end tag at byte offset 1")]
    [InlineData("a <b", "Unclosed start tag at byte offset 2")]
    public void Faulty_html_is_refused_in_Telegrams_words(string html, string why) =>
        HtmlText.Parse(html).ShouldBeOfType<MarkupResult.Faulty>().Why.ShouldBe(why);

    [Theory]
    [InlineData("*unclosed", "Can't find end of Bold entity at byte offset 0")]
    [InlineData("*bold _italic\\_*", "Can't find end of Bold entity at byte offset 15")]
    [InlineData("hello.", "Character '.' is reserved and must be escaped with the preceding '\\'")]
    [InlineData("test()", "Character '(' is reserved and must be escaped with the preceding '\\'")]
    [InlineData("a`b", "Can't find end of Code entity at byte offset 1")]
    [InlineData("ä[x](y", "Can't find end of a URL at byte offset 5")]
    public void Faulty_markdown_is_refused_in_Telegrams_words(string markdown, string why) =>
        MarkdownText.Parse(markdown).ShouldBeOfType<MarkupResult.Faulty>().Why.ShouldBe(why);

    private static void Described(MarkupResult result, string text, string[] entities)
    {
        var read = Read(result);
        read.Text.ShouldBe(text);
        read.Entities.Select(e => $"{e.Type} {e.Offset}+{e.Length} {e.Url}{e.Language}".TrimEnd()).ShouldBe(entities);
    }

    private static FormattedText Read(MarkupResult result) => result.ShouldBeOfType<MarkupResult.Read>().Text;

    private static string Escaped(char c) => c is > ' ' and <= '~' && !char.IsAsciiLetterOrDigit(c) ? $"\\{c}" : $"{c}";

    private static Gen<string> Texts() =>
        Gen.Elements(
                "/",
                "/start",
                "@bot",
                " ",
                "\n",
                "a",
                "é",
                "😀",
                "<b>",
                "</b>",
                "<",
                ">",
                "&",
                "&lt;",
                "*",
                "_",
                "`",
                "```",
                "[",
                "](",
                ")",
                "\\",
                "~",
                "||",
                ".",
                "<a href='x'>",
                "</a>",
                "#"
            )
            .ListOf()
            .Select(parts => string.Concat(parts));

    private static Gen<IList<(string Word, Style Style)>> Words() =>
        (from word in Gen.Elements("song", "müde", "😀", "字", "a😀b") from style in Gen.Elements(Style.All) select (word, style))
            .ListOf()
            .Select(IList<(string, Style)> (l) => l);

    private sealed record Style(string Type, string HtmlOpen, string HtmlClose, string Mark)
    {
        public static Style[] All { get; } =
        [
            new("", "", "", ""),
            new("bold", "<b>", "</b>", "*"),
            new("italic", "<em>", "</em>", "_"),
            new("underline", "<u>", "</u>", "__"),
            new("strikethrough", "<del>", "</del>", "~"),
            new("spoiler", "<tg-spoiler>", "</tg-spoiler>", "||"),
            new("code", "<code>", "</code>", "`"),
        ];
    }
}

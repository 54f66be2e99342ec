using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Hatcheck.Bots.Sending;

namespace Hatcheck.Bots.Tests;

public sealed class TextSplitterTests
{
    [Fact]
    public void A_short_text_is_one_part_and_an_empty_one_none()
    {
        TextSplitter.Split("hello").ShouldBe(["hello"]);
        TextSplitter.Split("").ShouldBeEmpty();
    }

    [Fact]
    public void A_text_of_exactly_the_limit_is_one_part() =>
        TextSplitter.Split(new string('a', 4096)).Single().Length.ShouldBe(4096);

    [Fact]
    public void A_line_break_is_preferred_to_a_space_and_a_space_to_a_hard_cut()
    {
        TextSplitter.Split("aaaa bb\ncc dd", 10).ShouldBe(["aaaa bb\n", "cc dd"]);
        TextSplitter.Split("aaaa bbb cccc", 10).ShouldBe(["aaaa bbb ", "cccc"]);
        TextSplitter.Split("aaaaaaaaaaaa", 10).ShouldBe(["aaaaaaaaaa", "aa"]);
    }

    [Fact]
    public void A_surrogate_pair_on_the_limit_goes_to_the_next_part() => TextSplitter.Split("aaa😀b", 4).ShouldBe(["aaa", "😀b"]);

    [Fact]
    public void Parts_put_together_are_the_text_none_is_too_long_and_no_pair_is_cut()
    {
        var texts = Gen.Elements("a", " ", "\n", "😀", "é", "x").ListOf().Select(l => string.Concat(l));
        Prop.ForAll(
                texts.ToArbitrary(),
                Gen.Choose(2, 12).ToArbitrary(),
                (text, longest) =>
                {
                    var parts = TextSplitter.Split(text, longest).ToArray();
                    return string.Concat(parts) == text
                        && parts.All(p => p.Length > 0 && p.Length <= longest)
                        && parts.All(p => !char.IsLowSurrogate(p[0]) && !char.IsHighSurrogate(p[^1]));
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Escaped_text_has_no_markup_left()
    {
        TelegramHtml.Escape("<b>&\"x\"</b>").ShouldBe("&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt;");
        Encoding.UTF8.GetByteCount(TelegramHtml.Escape("😀")).ShouldBe(4);
    }
}

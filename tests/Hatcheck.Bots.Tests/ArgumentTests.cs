using FsCheck;
using FsCheck.Fluent;
using Hatcheck.Bots.Commands;

namespace Hatcheck.Bots.Tests;

public sealed class ArgumentTests
{
    private static readonly Argument<string> Word = Argument.Text("word", 20);
    private static readonly Argument<long> Count = Argument.Number("count", -3, 10);
    private static readonly Argument<string> Speed = Argument.Choice("speed", "slow", "fast");
    private static readonly Argument<string> Tail = Argument.Rest("tail");

    [Fact]
    public void Words_numbers_choices_and_the_rest_are_read_in_order()
    {
        var read = Read([Word, Count, Speed, Tail], "  hello\t10 FAST  all \"the\" rest  ");

        read[Word].ShouldBe("hello");
        read[Count].ShouldBe(10L);
        read[Speed].ShouldBe("fast");
        read[Tail].ShouldBe("all \"the\" rest");
    }

    [Theory]
    [InlineData("\"two words\"")]
    [InlineData("“two words”")]
    [InlineData("„two words“")]
    [InlineData("«two words»")]
    public void Quotation_marks_of_phones_keep_words_together(string text) => Read([Word], text)[Word].ShouldBe("two words");

    [Fact]
    public void A_quotation_mark_inside_a_word_is_a_letter() => Read([Word], "7\"single")[Word].ShouldBe("7\"single");

    [Theory]
    [InlineData("\"open")]
    [InlineData("\"glued\"on")]
    [InlineData("\"")]
    public void A_quotation_mark_that_does_not_close_is_explained(string text) =>
        Wrong([Word], text).ShouldContain("quotation mark");

    [Theory]
    [InlineData("1e3")]
    [InlineData("٣")]
    [InlineData("+1")]
    [InlineData("0x1")]
    [InlineData("1,0")]
    [InlineData("--1")]
    [InlineData("-")]
    [InlineData("11")]
    [InlineData("-4")]
    [InlineData("99999999999999999999")]
    [InlineData("\" 1\"")]
    public void What_is_no_number_in_range_is_refused_with_the_range_and_without_the_text(string text)
    {
        var sentence = Wrong([Count], text);

        sentence.ShouldBe("“count” must be a whole number from -3 to 10.");
    }

    [Fact]
    public void A_wrong_choice_lists_the_right_ones() => Wrong([Speed], "warp").ShouldBe("“speed” must be one of: slow, fast.");

    [Fact]
    public void A_missing_argument_and_one_too_many_are_told()
    {
        Wrong([Word, Count], "hello").ShouldBe("“count” is missing.");
        Wrong([Word], "hello again").ShouldBe("That is more than I expected.");
        Wrong([], "hello").ShouldBe("That is more than I expected.");
    }

    [Fact]
    public void Optional_arguments_may_be_left_out()
    {
        var optional = Count.AsOptional();
        Read([Word, optional], "hello").ContainsKey(optional).ShouldBeFalse();
        Read([Word, optional], "hello 3")[optional].ShouldBe(3L);
        Read([Tail.AsOptional()], "   ").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a\u0007b")]
    [InlineData("\"\"")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Control_characters_emptiness_and_length_are_refused(string text) => Wrong([Word], text).ShouldStartWith("“word”");

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => Wrong([Word], $"a{'\ud800'}b").ShouldStartWith("“word”");

    [Fact]
    public void Declarations_that_could_never_be_read_are_refused()
    {
        static void Declare(params Argument[] arguments) =>
            new BotDefinition().OnCommand("a", "b", (_, _) => Task.CompletedTask, arguments);
        Should.Throw<ArgumentException>(() => Declare(Tail, Word));
        Should.Throw<ArgumentException>(() => Declare(Word.AsOptional(), Count));
        Should.Throw<ArgumentException>(() => Argument.Text("Bad Name"));
        Should.Throw<ArgumentException>(() => new BotDefinition().OnCommand("Über", "b", (_, _) => Task.CompletedTask));
        Should.Throw<ArgumentException>(() => new BotDefinition().OnUpdate("message", (_, _) => Task.CompletedTask));
    }

    [Fact]
    public void Whatever_is_quoted_is_read_back_as_it_was()
    {
        var words = Gen.Elements("a", "é", "\\", "\"", " ", "“", "»", "😀", "\t", "x y")
            .ListOf()
            .Where(l => l.Count is > 0 and < 15)
            .ListOf()
            .Where(l => l.Count < 6);
        Prop.ForAll(
                words.ToArbitrary(),
                lists =>
                {
                    var texts = lists.Select(l => string.Concat(l)).ToArray();
                    var plain = texts.Select((_, i) => Argument.Text($"a{i}", 1000)).ToArray();
                    var quoted = string.Join(' ', texts.Select(t => $"\"{t.Replace("\\", "\\\\").Replace("\"", "\\\"")}\""));
                    var outcome = ArgumentReader.Read(plain, quoted);
                    // A tab is a control character: the one thing here that a word may not hold.
                    if (texts.Any(t => t.AsSpan().Contains('\t')))
                        return outcome is CommandArguments.Wrong;
                    return outcome is CommandArguments.Read read
                        && plain.Select(p => (string)read.Values[p]).SequenceEqual(texts, StringComparer.Ordinal);
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void No_text_at_all_makes_the_reader_throw()
    {
        Argument[] declared = [Word, Count.AsOptional(), Speed.AsOptional(), Tail.AsOptional()];
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => text is null || ArgumentReader.Read(declared, text) is not null)
            .QuickCheckThrowOnFailure();
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => text is null || CommandText.TryParse("/" + text) is var _)
            .QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("/play", "play", null, "")]
    [InlineData("/PLAY@Music_Bot  x", "play", "Music_Bot", "  x")]
    [InlineData("/a_1\nx", "a_1", null, "\nx")]
    public void A_command_is_taken_apart(string text, string name, string? bot, string tail) =>
        CommandText.TryParse(text).ShouldBe(new CommandText(name, bot, tail));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("play")]
    [InlineData(" /play")]
    [InlineData("/play-on")]
    [InlineData("/play@")]
    [InlineData("/плей")]
    [InlineData("/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void What_Telegram_does_not_call_a_command_is_none(string text) => CommandText.TryParse(text).ShouldBeNull();

    private static IReadOnlyDictionary<Argument, object> Read(Argument[] declared, string tail) =>
        ArgumentReader.Read(declared, tail).ShouldBeOfType<CommandArguments.Read>().Values;

    private static string Wrong(Argument[] declared, string tail) =>
        ArgumentReader.Read(declared, tail).ShouldBeOfType<CommandArguments.Wrong>().Sentence;
}

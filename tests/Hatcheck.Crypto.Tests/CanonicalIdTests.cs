namespace Hatcheck.Crypto.Tests;

public sealed class CanonicalIdTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("7012345678")]
    [InlineData("4503599627370496")]
    public void A_Telegram_id_is_accepted_as_it_is(string id)
    {
        CanonicalId.TryTelegram(id, out var canonical).ShouldBeTrue();
        canonical.ShouldBe(id);
        CanonicalId.Telegram(long.Parse(id)).ShouldBe(id);
        CanonicalId.TryTelegramChat(id, out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("+5")]
    [InlineData("--1")]
    [InlineData("007")]
    [InlineData("1e3")]
    [InlineData("1.0")]
    [InlineData("0x1F")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1\n")]
    [InlineData("1\0")]
    [InlineData("1,000")]
    [InlineData("٣")]
    [InlineData("３")]
    [InlineData("4503599627370497")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999999999999999999")]
    public void What_is_not_plainly_a_Telegram_id_is_refused(string? id)
    {
        CanonicalId.TryTelegram(id, out var canonical).ShouldBeFalse();
        canonical.ShouldBeNull();
        CanonicalId.TryTelegramChat(id, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_negative_id_is_a_groups_and_accepted_only_where_one_is_meant()
    {
        CanonicalId.TryTelegram("-1001234567890", out _).ShouldBeFalse();
        CanonicalId.TryTelegramChat("-1001234567890", out var canonical).ShouldBeTrue();
        canonical.ShouldBe("-1001234567890");
        CanonicalId.TryTelegramChat("-4503599627370497", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(CanonicalId.MaxTelegram + 1)]
    [InlineData(long.MinValue)]
    public void A_number_out_of_range_is_no_Telegram_id(long id) =>
        Should.Throw<ArgumentOutOfRangeException>(() => CanonicalId.Telegram(id));

    [Theory]
    [InlineData("+4915112345678", "+4915112345678")]
    [InlineData("+49 151 123-456.78", "+4915112345678")]
    [InlineData("+1 (212) 555-0100", "+12125550100")]
    [InlineData("+1234567", "+1234567")]
    [InlineData("+123456789012345", "+123456789012345")]
    public void A_phone_number_becomes_E164(string text, string expected)
    {
        CanonicalId.TryPhone(text, out var canonical).ShouldBeTrue();
        canonical.ShouldBe(expected);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("4915112345678")]
    [InlineData("004915112345678")]
    [InlineData("+0151123456")]
    [InlineData("+123456")]
    [InlineData("+1234567890123456")]
    [InlineData("+49151x123456")]
    [InlineData("+49+15112345678")]
    [InlineData(" +4915112345678")]
    [InlineData("+٤٩15112345678")]
    public void What_is_not_an_international_number_is_refused(string? text) => CanonicalId.TryPhone(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("Ada@Example.ORG", "ada@example.org")]
    [InlineData("a.b+tag@x-y.example.org", "a.b+tag@x-y.example.org")]
    [InlineData("ZOË@example.org", "zoë@example.org")]
    [InlineData("用户@例子.example", "用户@例子.example")]
    public void An_e_mail_becomes_lower_case(string text, string expected)
    {
        CanonicalId.TryEmail(text, out var canonical).ShouldBeTrue();
        canonical.ShouldBe(expected);
        CanonicalId.TryEmail(canonical, out var again).ShouldBeTrue();
        again.ShouldBe(canonical);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("ada")]
    [InlineData("ada@")]
    [InlineData("@example.org")]
    [InlineData("ada@example")]
    [InlineData("ada@@example.org")]
    [InlineData("ada@b@example.org")]
    [InlineData(".ada@example.org")]
    [InlineData("ada.@example.org")]
    [InlineData("a..da@example.org")]
    [InlineData("ada@example..org")]
    [InlineData("ada@-example.org")]
    [InlineData("ada@example.org ")]
    [InlineData("ada @example.org")]
    [InlineData("\"ada\"@example.org")]
    [InlineData("ada@[127.0.0.1]")]
    [InlineData("ada\n@example.org")]
    [InlineData("zoe\u0308@example.org")]
    [InlineData("ada\u200b@example.org")]
    [InlineData("ada@exam_ple.org")]
    public void What_is_not_plainly_an_e_mail_is_refused(string? text) => CanonicalId.TryEmail(text, out _).ShouldBeFalse();

    [Fact]
    public void Lengths_of_e_mails_are_bounded()
    {
        CanonicalId.TryEmail($"{new string('a', 64)}@example.org", out _).ShouldBeTrue();
        CanonicalId.TryEmail($"{new string('a', 65)}@example.org", out _).ShouldBeFalse();
        CanonicalId.TryEmail($"a@{new string('b', 64)}.org", out _).ShouldBeFalse();
        CanonicalId.TryEmail($"a@{string.Concat(Enumerable.Repeat("abcdefghi.", 26))}org", out _).ShouldBeFalse();
    }

    [Fact]
    public void No_letter_that_Unicode_composes_otherwise_gets_into_an_e_mail()
    {
        const string Script = """
            import unicodedata
            for c in map(chr, list(range(0x80, 0xd800)) + list(range(0xe000, 0x10000))):
                if unicodedata.normalize("NFC", c.lower()) != c.lower(): print("%04x" % ord(c))
            """;
        var codes = OtherPrograms.Python("-c", Script).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        codes.Length.ShouldBeGreaterThan(500);
        foreach (var code in codes)
        {
            if (CanonicalId.TryEmail($"a{(char)Convert.ToUInt16(code, 16)}@example.org", out var canonical))
                Assert.Fail($"U+{code} became {canonical}");
        }
    }
}

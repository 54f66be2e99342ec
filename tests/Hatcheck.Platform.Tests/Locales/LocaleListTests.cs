using Hatcheck.Platform.Locales;

namespace Hatcheck.Platform.Tests.Locales;

public sealed class LocaleListTests
{
    [Theory]
    [InlineData("en")]
    [InlineData("de-AT")]
    [InlineData("pt-br")]
    [InlineData("zh-Hant-TW")]
    [InlineData("sr-Latn")]
    [InlineData("es-419")]
    [InlineData("de-1996")]
    [InlineData("sl-rozaj-biske")]
    [InlineData("zh-yue")]
    [InlineData("yue")]
    [InlineData("gsw-CH")]
    [InlineData("de-DE-u-co-phonebk")]
    [InlineData("EN-us")]
    public void A_tag_whose_parts_are_registered_is_one(string tag) => LanguageTag.IsValid(tag).ShouldBeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("e")]
    [InlineData("english")]
    [InlineData("xx")]
    [InlineData("en_US")]
    [InlineData("en-")]
    [InlineData("-en")]
    [InlineData("en--US")]
    [InlineData("en-QX")]
    [InlineData("en-US-GB")]
    [InlineData("en-US-Latn")]
    [InlineData("en-Abcd")]
    [InlineData("de-1996-1996")]
    [InlineData("en-yue")]
    [InlineData("en-u")]
    [InlineData("en-u-co-u-co")]
    [InlineData("en-b-abc")]
    [InlineData("x-private")]
    [InlineData("i-klingon")]
    [InlineData("qaa")]
    [InlineData("en-US\n")]
    [InlineData("ｅｎ")]
    [InlineData("de-DE-u-co-phonebk-kf-upper-kn-true-x")]
    public void Anything_else_is_not(string tag) => LanguageTag.IsValid(tag).ShouldBeFalse();

    [Theory]
    [InlineData("Europe/Berlin", true)]
    [InlineData("America/Argentina/ComodRivadavia", true)]
    [InlineData("Asia/Calcutta", true)]
    [InlineData("Asia/Kolkata", true)]
    [InlineData("UTC", true)]
    [InlineData("Etc/GMT-14", true)]
    [InlineData("europe/berlin", false)]
    [InlineData("Europe/Atlantis", false)]
    [InlineData("Factory", false)]
    [InlineData("+02:00", false)]
    [InlineData("../../etc/passwd", false)]
    [InlineData("posix/UTC", false)]
    [InlineData("", false)]
    public void A_time_zone_is_one_by_its_exact_name(string name, bool known) => TimeZoneName.IsKnown(name).ShouldBe(known);

    [Fact]
    public void Every_zone_that_this_machine_knows_from_the_database_is_in_the_list()
    {
        const string Table = "/usr/share/zoneinfo/tzdata.zi";
        Assert.SkipUnless(File.Exists(Table), "the machine has no tzdata");
        var lines = File.ReadAllLines(Table);
        var version = lines[0].Split(' ')[2];
        Assert.SkipUnless(string.CompareOrdinal(version, "2025b") <= 0, $"tzdata here is {version}, newer than the list");
        var names = lines
            .Select(line => line.Split(' '))
            .Where(fields => fields[0] is "Z" or "L")
            .Select(fields => fields[fields[0] == "Z" ? 1 : 2]);
        names.Except(TimeZoneName.All, StringComparer.Ordinal).ShouldBe(["Factory"]);
        // .NET must find each: it reads the same database.
        foreach (var name in TimeZoneName.All.Where(name => File.Exists($"/usr/share/zoneinfo/{name}")))
            TimeZoneInfo.FindSystemTimeZoneById(name).Id.ShouldBe(name);
    }
}

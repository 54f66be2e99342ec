using System.Text.Json.Nodes;
using MusicBot.Preferences;

namespace MusicBot.Tests;

public sealed class TimeStyleTests
{
    private static readonly DateTimeOffset Summer = new(2026, 7, 3, 22, 5, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Winter = new(2026, 1, 3, 22, 5, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("UTC", "iso", "h23", "2026-07-03 22:05 (UTC)", "2026-07-03")]
    [InlineData("Europe/Berlin", "dmy", "h23", "4 Jul 2026 00:05 (Europe/Berlin)", "04-07-2026")]
    [InlineData("Asia/Kolkata", "mdy", "h12", "Jul 4, 2026 3:35 AM (Asia/Kolkata)", "07-04-2026")]
    [InlineData("Pacific/Chatham", "iso", "h12", "2026-07-04 10:50 AM (Pacific/Chatham)", "2026-07-04")]
    public void A_moment_is_told_where_the_person_is_and_as_they_write(
        string zone,
        string dates,
        string hours,
        string told,
        string inFileName
    )
    {
        var style = Of(zone, dates, hours);

        style.Full(Summer).ShouldBe(told);
        style.FileDate(Summer).ShouldBe(inFileName);
    }

    [Fact]
    public void Summer_time_is_that_of_the_moment_not_of_today()
    {
        var style = Of("Europe/Berlin", "iso", "h23");

        style.DateAndTime(Summer).ShouldBe("2026-07-04 00:05");
        style.DateAndTime(Winter).ShouldBe("2026-01-03 23:05");
    }

    [Theory]
    [InlineData("Mars/Olympus_Mons")]
    [InlineData("../../../etc/passwd")]
    [InlineData("/etc/hostname")]
    [InlineData("")]
    public void A_zone_that_this_machine_does_not_know_is_told_in_UTC_and_called_so(string zone)
    {
        var style = Of(zone, "iso", "h23");

        style.Full(Summer).ShouldBe("2026-07-03 22:05 (UTC)");
        style.KnowsZone.ShouldBeFalse();
    }

    [Fact]
    public void What_is_absent_or_of_another_kind_counts_as_the_default()
    {
        TimeStyle.Of([]).Full(Summer).ShouldBe("2026-07-03 22:05 (UTC)");
        TimeStyle
            .Of(
                new JsonObject
                {
                    ["locale"] = new JsonObject { ["time_zone"] = 7, ["hour_cycle"] = new JsonObject() },
                }
            )
            .Full(Summer)
            .ShouldBe("2026-07-03 22:05 (UTC)");
        TimeStyle.Of(new JsonObject { ["locale"] = "de" }).KnowsZone.ShouldBeTrue();
    }

    private static TimeStyle Of(string zone, string dates, string hours) =>
        TimeStyle.Of(
            new JsonObject
            {
                ["locale"] = new JsonObject
                {
                    ["time_zone"] = zone,
                    ["date_format"] = dates,
                    ["hour_cycle"] = hours,
                },
            }
        );
}

using System.Globalization;
using Cronos;
using Hatcheck.Platform.Jobs;

namespace Hatcheck.Platform.Tests.Jobs;

/// <summary>When a job is due, by intervals and by the wall clock of a zone that has summer time.</summary>
public sealed class JobScheduleTests
{
    [Fact]
    public void An_interval_goes_from_the_end_of_a_run_to_the_next_and_the_first_is_at_once()
    {
        var schedule = JobSchedule.Every(TimeSpan.FromHours(1));
        schedule.First(At("2026-03-01 12:00")).ShouldBe(At("2026-03-01 12:00"));
        schedule.Next(At("2026-03-01 12:00"), At("2026-03-01 12:20")).ShouldBe(At("2026-03-01 13:20"));
        (schedule.Text, schedule.Interval).ShouldBe(("every 01:00:00", TimeSpan.FromHours(1)));
    }

    [Fact]
    public void A_run_that_began_late_or_lasted_long_owes_one_more_not_one_for_each_time_that_it_missed()
    {
        var hourly = JobSchedule.Cron("0 * * * *");
        hourly.Next(At("2026-03-01 12:00"), At("2026-03-01 12:20")).ShouldBe(At("2026-03-01 13:00"));
        // 13:00, 14:00 and 15:00 passed during the run: 13:00 is owed, and after its run at 15:30 comes 16:00.
        hourly.Next(At("2026-03-01 12:00"), At("2026-03-01 15:30")).ShouldBe(At("2026-03-01 13:00"));
        hourly.Next(At("2026-03-01 15:30"), At("2026-03-01 15:31")).ShouldBe(At("2026-03-01 16:00"));
    }

    // Europe/Berlin: on 2026-03-29 the clock goes from 02:00 to 03:00 (01:00 UTC), on 2026-10-25 from 03:00 back to 02:00
    // (01:00 UTC).
    [Theory]
    [InlineData("30 3 * * *", "2026-03-28 00:00", "2026-03-28 02:30", "2026-03-29 01:30", "2026-03-30 01:30")]
    [InlineData("30 2 * * *", "2026-03-28 00:00", "2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30")]
    [InlineData("30 * * * *", "2026-03-29 00:00", "2026-03-29 00:30", "2026-03-29 01:00", "2026-03-29 01:30")]
    [InlineData("30 3 * * *", "2026-10-24 00:00", "2026-10-24 01:30", "2026-10-25 02:30", "2026-10-26 02:30")]
    [InlineData("30 2 * * *", "2026-10-24 00:00", "2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30")]
    [InlineData("30 * * * *", "2026-10-25 00:00", "2026-10-25 00:30", "2026-10-25 01:30", "2026-10-25 02:30")]
    public void The_wall_clock_skips_no_day_and_takes_none_twice_when_summer_time_begins_or_ends(
        string expression,
        string from,
        params string[] expected
    )
    {
        var schedule = JobSchedule.Cron(expression, "Europe/Berlin");
        var due = schedule.First(At(from));
        foreach (var time in expected)
        {
            due.ShouldBe(At(time));
            due.Offset.ShouldBe(TimeSpan.Zero);
            // Claimed a moment late, as in practice.
            due = schedule.Next(due.AddMilliseconds(40), due.AddMinutes(1));
        }
    }

    [Fact]
    public void What_is_no_schedule_or_never_comes_is_refused()
    {
        Should.Throw<CronFormatException>(() => JobSchedule.Cron("often"));
        Should.Throw<CronFormatException>(() => JobSchedule.Cron("0 0 31 2 *")).Message.ShouldContain("never comes");
        Should.Throw<TimeZoneNotFoundException>(() => JobSchedule.Cron("0 0 * * *", "Europe/Berlim"));
        JobSchedule.Cron("0 3 * * 1", "Europe/Berlin").Text.ShouldBe("0 3 * * 1 Europe/Berlin");
    }

    private static DateTimeOffset At(string utc) =>
        DateTimeOffset.ParseExact(utc, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}

using System.Globalization;
using Cronos;

namespace Hatcheck.Platform.Jobs;

/// <summary>When a job is due. Runs that were missed, however many, are made up for by one.</summary>
internal abstract record JobSchedule
{
    /// <summary>For operators, and in the row: a row whose schedule reads otherwise is due anew.</summary>
    public abstract string Text { get; }

    /// <summary>Null if it goes by the wall clock.</summary>
    public virtual TimeSpan? Interval => null;

    /// <summary>From the end of one run to the next; the first at once.</summary>
    public static JobSchedule Every(TimeSpan interval) => new Spaced(interval);

    /// <summary>
    /// By the wall clock of a time zone. A time that the change to summer time skips becomes the first after it; one that comes
    /// twice when it ends is taken once, the first time, but for <c>*</c>, ranges and steps of minutes and hours, which go on
    /// through both.
    /// </summary>
    /// <param name="expression">Five fields: minute, hour, day of month, month, day of week. See <c>Cronos</c>.</param>
    /// <param name="timeZone">An IANA name.</param>
    /// <exception cref="CronFormatException">It is none, or never comes.</exception>
    public static JobSchedule Cron(string expression, string timeZone = "UTC") => new WallClock(expression, timeZone);

    /// <summary>When a job that never ran is due.</summary>
    public abstract DateTimeOffset First(DateTimeOffset now);

    /// <summary>When it is due after a run.</summary>
    /// <param name="claimed">When the run began: times that came while it went on are one further run.</param>
    /// <param name="ended">When it ended.</param>
    public abstract DateTimeOffset Next(DateTimeOffset claimed, DateTimeOffset ended);

    private sealed record Spaced(TimeSpan Span) : JobSchedule
    {
        public override TimeSpan? Interval => Span;

        public override string Text => string.Create(CultureInfo.InvariantCulture, $"every {Span:c}");

        public override DateTimeOffset First(DateTimeOffset now) => now;

        public override DateTimeOffset Next(DateTimeOffset claimed, DateTimeOffset ended) => ended + Span;
    }

    private sealed record WallClock : JobSchedule
    {
        private readonly CronExpression expression;
        private readonly TimeZoneInfo zone;

        public WallClock(string expression, string timeZone)
        {
            this.expression = CronExpression.Parse(expression);
            zone = TimeZoneInfo.FindSystemTimeZoneById(timeZone);
            Text = $"{expression} {timeZone}";
            // A day that no month has.
            _ = First(DateTimeOffset.UnixEpoch);
        }

        public override string Text { get; }

        public override DateTimeOffset First(DateTimeOffset now) =>
            expression.GetNextOccurrence(now, zone)?.ToUniversalTime() ?? throw new CronFormatException($"{Text} never comes.");

        public override DateTimeOffset Next(DateTimeOffset claimed, DateTimeOffset ended) => First(claimed);
    }
}

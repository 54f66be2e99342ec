using System.Globalization;
using Cronos;

namespace Hatcheck.Platform.Jobs;

/// <summary>A job's schedule. One run makes up for any number of missed ones.</summary>
internal abstract record JobSchedule
{
    /// <summary>
    /// The schedule in words, for operators and the row. If the row's text differs, the due time is computed again.
    /// </summary>
    public abstract string Text { get; }

    /// <summary>Null for a schedule by the wall clock.</summary>
    public virtual TimeSpan? Interval => null;

    /// <summary>Counts from the end of one run to the next; the first is at once.</summary>
    public static JobSchedule Every(TimeSpan interval) => new Spaced(interval);

    /// <summary>
    /// Follows the wall clock of a time zone. A time skipped at the start of summer time becomes the first time after it. A
    /// time that occurs twice at its end counts once, the first time, except <c>*</c>, ranges and steps of minutes and
    /// hours, which continue through both.
    /// </summary>
    /// <param name="expression">Five fields: minute, hour, day of month, month, day of week. See <c>Cronos</c>.</param>
    /// <param name="timeZone">An IANA name.</param>
    /// <exception cref="CronFormatException">The expression is invalid, or never occurs.</exception>
    public static JobSchedule Cron(string expression, string timeZone = "UTC") => new WallClock(expression, timeZone);

    /// <summary>When a job that never ran is due.</summary>
    public abstract DateTimeOffset First(DateTimeOffset now);

    /// <summary>When the job is due after a run.</summary>
    /// <param name="claimed">When the run began: due times during it become one further run.</param>
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
            // Refuses a day that no month has.
            _ = First(DateTimeOffset.UnixEpoch);
        }

        public override string Text { get; }

        public override DateTimeOffset First(DateTimeOffset now) =>
            expression.GetNextOccurrence(now, zone)?.ToUniversalTime() ?? throw new CronFormatException($"{Text} never comes.");

        public override DateTimeOffset Next(DateTimeOffset claimed, DateTimeOffset ended) => First(claimed);
    }
}

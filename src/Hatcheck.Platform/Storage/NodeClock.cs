using System.Globalization;

namespace Hatcheck.Platform.Storage;

/// <summary>This node's time and the database's, read at the same moment.</summary>
internal sealed record ClockReading(DateTimeOffset Here, DateTimeOffset Database)
{
    /// <summary>A node whose clock is off by more is not ready and does no housekeeping.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromMinutes(2);

    public bool IsOff => (Here - Database).Duration() > Most;

    /// <summary>For the operator: both times and the difference.</summary>
    public string Warning =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"This node's clock says {Here:u} and the database's says {Database:u}: {(Here - Database).TotalSeconds:0} "
                + $"seconds off. Until they agree to 2 minutes, this node is not ready and does no housekeeping. Set the "
                + $"clock: timedatectl set-ntp true."
        );
}

/// <summary>Compares this node's clock with the database's. On SQLite they are the same clock and always agree.</summary>
internal sealed partial class NodeClock(IEngine engine, TimeProvider time, ILogger<NodeClock> logger)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(1);
    private volatile Reading? last;

    /// <summary>
    /// The database's time, with at most one round trip a minute: the last reading plus the time elapsed since. Setting
    /// this node's clock doesn't change it.
    /// </summary>
    public async ValueTask<DateTimeOffset> DatabaseAsync(CancellationToken cancellation)
    {
        if (last is { } known && time.GetElapsedTime(known.Timestamp) is var passed && passed < KnownFor)
            return known.Database + passed;
        return (await ReadAsync(cancellation)).Database;
    }

    /// <summary>One round trip on PostgreSQL.</summary>
    public async Task<ClockReading> ReadAsync(CancellationToken cancellation)
    {
        var here = time.Now();
        var rows = await engine.QueryAsync(Guid.Empty, "select {now} as clock", [], row => row.Instant("clock"), cancellation);
        last = new Reading(rows[0], time.GetTimestamp());
        return new ClockReading(here, rows[0]);
    }

    /// <summary>
    /// Whether this node may destroy expired data. Called before each run of a job; logs the reason if not.
    /// </summary>
    /// <param name="job">Such as <c>purge</c>.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task<bool> MayHousekeepAsync(string job, CancellationToken cancellation)
    {
        if (!(await ReadAsync(cancellation)).IsOff)
            return true;
        IsOff(job);
        return false;
    }

    private sealed record Reading(DateTimeOffset Database, long Timestamp);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The job {Job} did not run: this node's clock is more than 2 minutes off."
    )]
    private partial void IsOff(string job);
}

using System.Globalization;

namespace Hatcheck.Server.Platform.Storage;

/// <summary>This node's time beside the database's, read at one moment.</summary>
internal sealed record ClockReading(DateTimeOffset Here, DateTimeOffset Database)
{
    /// <summary>A node further off than this is not ready and does no housekeeping.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromMinutes(2);

    public bool IsOff => (Here - Database).Duration() > Most;

    /// <summary>For the operator: both times and the difference.</summary>
    public string Warning => string.Create(
        CultureInfo.InvariantCulture,
        $"This node's clock says {Here:u} and the database's says {Database:u}: {(Here - Database).TotalSeconds:0} seconds off. "
        + $"Until they agree to 2 minutes this node is not ready and does no housekeeping. Set the clock: timedatectl set-ntp true.");
}

/// <summary>Compares this node's clock with the database's. On SQLite they are the same clock, so they always agree.</summary>
internal sealed partial class NodeClock(IEngine engine, TimeProvider time, ILogger<NodeClock> logger)
{
    /// <summary>One round trip on PostgreSQL.</summary>
    public async Task<ClockReading> ReadAsync(CancellationToken cancellation)
    {
        var here = time.Now();
        var rows = await engine.QueryAsync(Guid.Empty, "select {now}", [], row => row.Instant(0), cancellation);
        return new ClockReading(here, rows[0]);
    }

    /// <summary>True if this node may destroy what has expired; asked before each round of a job. Logs why if it may not.</summary>
    /// <param name="job">Such as <c>purge</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<bool> MayHousekeepAsync(string job, CancellationToken cancellation)
    {
        if (!(await ReadAsync(cancellation)).IsOff) return true;
        IsOff(job);
        return false;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job {Job} did not run: this node's clock is more than 2 minutes off.")]
    private partial void IsOff(string job);
}

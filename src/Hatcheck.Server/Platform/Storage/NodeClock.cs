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
        $"This node's clock says {Here:u} and the database's says {Database:u}: {(Here - Database).TotalSeconds:0} seconds off. Until they agree "
        + $"to 2 minutes this node is not ready and does no housekeeping. Set the clock: timedatectl set-ntp true.");
}

/// <summary>Compares this node's clock with the database's. SQLite's clock is this process's own, so the two always agree there.</summary>
internal sealed class NodeClock(IEngine engine, TimeProvider time)
{
    /// <summary>One round trip on PostgreSQL.</summary>
    public async Task<ClockReading> ReadAsync(CancellationToken cancellation)
    {
        var here = time.Now();
        if (engine.InstantsAreNumbers) return new ClockReading(here, here);
        var rows = await engine.QueryAsync(Guid.Empty, "select clock_timestamp()", [], row => row.Instant(0), cancellation);
        return new ClockReading(here, rows[0]);
    }

    /// <summary>True if this node may destroy what has expired; asked before each round of housekeeping.</summary>
    public async Task<bool> MayHousekeepAsync(CancellationToken cancellation) => !(await ReadAsync(cancellation)).IsOff;
}

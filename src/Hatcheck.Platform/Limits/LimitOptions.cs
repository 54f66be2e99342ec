using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Platform.Limits;

/// <summary>
/// Settings under <c>Limits</c>: rate limits, and the delay after failed sign-ins; see docs/concepts/rate-limits.md.
/// </summary>
internal sealed class LimitOptions
{
    public const string Section = "Limits";

    /// <summary>The length of a window. Default 1 minute; 1 second to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Requests of one API key, member or user in a window, over all nodes; 0 means no limit. Default 60000; 0 to 10000000.
    /// </summary>
    [Range(0, 10_000_000)]
    public int CallerPermits { get; set; } = 60_000;

    /// <summary>
    /// Requests about one user (the id in the path) in a window, over all nodes; 0 means no limit. Default 3000; 0 to
    /// 10000000.
    /// </summary>
    [Range(0, 10_000_000)]
    public int UserPermits { get; set; } = 3_000;

    /// <summary>
    /// Requests from one client address (IPv6: one /64) in a window, over all nodes; 0 means no limit. Default 300000; 0 to
    /// 10000000.
    /// </summary>
    [Range(0, 10_000_000)]
    public int AddressPermits { get; set; } = 300_000;

    /// <summary>
    /// PostgreSQL: the most nodes that run at once, including those of a roll-out; more could exceed a limit by a
    /// sixteenth. Default 4; 1 to 256.
    /// </summary>
    [Range(1, 256)]
    public int Nodes { get; set; } = 4;

    /// <summary>
    /// The callers, users and addresses that a node remembers, of each kind; the longest idle are dropped first. Default
    /// 50000; 1000 to 1000000.
    /// </summary>
    [Range(1_000, 1_000_000)]
    public int Remembered { get; set; } = 50_000;

    /// <summary>
    /// Failed sign-ins of one address (IPv6: one /64) without a delay; each further one doubles the delay, from one second.
    /// Default 20; 1 to 1000.
    /// </summary>
    [Range(1, 1_000)]
    public int FreeFailures { get; set; } = 20;

    /// <summary>The longest delay after failed sign-ins. Default 15 minutes; 1 second to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long after its last failure an address starts afresh. Default 1 hour; 1 minute to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan FailureMemory { get; set; } = TimeSpan.FromHours(1);
}

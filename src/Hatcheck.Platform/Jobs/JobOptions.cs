using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Platform.Jobs;

/// <summary>Settings under <c>Jobs</c>: which of the installation's jobs a node runs; see docs/operations/jobs.md.</summary>
internal sealed class JobOptions
{
    public const string Section = "Jobs";

    public const string Beside = "beside";
    public const string None = "none";
    public const string Only = "only";

    /// <summary><c>Jobs:Run</c>.</summary>
    public const string RunSetting = $"{Section}:{nameof(Run)}";

    /// <summary>
    /// <c>beside</c> (the default): jobs and the API. <c>none</c> (<c>serve --no-jobs</c>): other nodes run the jobs.
    /// <c>only</c> (<c>serve --jobs-only</c>): jobs, and no API but <c>/health/live</c> and <c>/health/ready</c>.
    /// </summary>
    [RegularExpression("^(beside|none|only)$", ErrorMessage = "Jobs:Run is beside, none or only.")]
    public string Run { get; set; } = Beside;

    /// <summary>The maximum of <see cref="Lease"/>.</summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long until another node takes over a job of a node that died or sleeps. Default 1 minute; 1 s to 10 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether the settings leave the API to other nodes.</summary>
    public static bool IsOnly(IConfiguration configuration) => configuration[RunSetting] == Only;
}

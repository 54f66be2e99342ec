using System.ComponentModel.DataAnnotations;

namespace Hatcheck.People.Profiles;

/// <summary>Settings under <c>Profiles</c>; an invalid value stops the server at start.</summary>
internal sealed class ProfileOptions
{
    public const string Section = "Profiles";

    /// <summary>How long a deleted user can be restored before being erased. Default 30 days; 1 hour to 365 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often a node looks for users whose grace period is over. Default 1 hour; 1 minute to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan PurgeInterval { get; set; } = TimeSpan.FromHours(1);
}

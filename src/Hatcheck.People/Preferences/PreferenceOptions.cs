using System.ComponentModel.DataAnnotations;

namespace Hatcheck.People.Preferences;

/// <summary>Settings under <c>Preferences</c>: how much history of a user's preferences is kept.</summary>
internal sealed class PreferenceOptions
{
    public const string Section = "Preferences";

    /// <summary>Changes kept per user, for reading and rollback. Default 50; 1 to 500.</summary>
    [Range(1, 500)]
    public int HistoryVersions { get; set; } = 50;

    /// <summary>How long a change is kept. Default 365 days; 1 day to 3650 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan HistoryAge { get; set; } = TimeSpan.FromDays(365);
}

using System.Globalization;
using System.Text.Json.Nodes;

namespace MusicBot.Preferences;

/// <summary>How a person wants dates and times told: where they are, in which order, and with which hours.</summary>
internal sealed class TimeStyle
{
    private readonly string? dateFormat;
    private readonly string? hourCycle;
    private readonly TimeZoneInfo zone;
    private readonly string date;
    private readonly string fileDate;
    private readonly string hours;

    private TimeStyle(string? zoneName, string? dateFormat, string? hourCycle)
    {
        (this.dateFormat, this.hourCycle) = (dateFormat, hourCycle);
        (date, fileDate) = dateFormat switch
        {
            "dmy" => ("d MMM yyyy", "dd-MM-yyyy"),
            "mdy" => ("MMM d, yyyy", "MM-dd-yyyy"),
            _ => ("yyyy-MM-dd", "yyyy-MM-dd"),
        };
        hours = hourCycle == "h12" ? "h:mm tt" : "HH:mm";
        // Hatcheck knows the names by a list of its own; what a zone means stands in this machine's database, which may be
        // older or absent.
        KnowsZone = TimeZoneInfo.TryFindSystemTimeZoneById(zoneName ?? "UTC", out var known);
        (zone, ZoneName) = known is null ? (TimeZoneInfo.Utc, "UTC") : (known, zoneName ?? "UTC");
    }

    /// <summary>As Hatcheck's built-in defaults.</summary>
    public static TimeStyle Default { get; } = new(null, null, null);

    /// <summary>The zone that is told in; UTC in place of one that this machine does not know.</summary>
    public string ZoneName { get; }

    public bool KnowsZone { get; }

    public static TimeStyle Of(JsonObject values) =>
        new(Setting.TimeZone.TextIn(values), Setting.DateFormat.TextIn(values), Setting.HourCycle.TextIn(values));

    /// <summary>The same person's, if they chose another way of writing.</summary>
    public TimeStyle With(string? dateFormat = null, string? hourCycle = null) =>
        new(ZoneName, dateFormat ?? this.dateFormat, hourCycle ?? this.hourCycle);

    public string Date(DateTimeOffset moment) => Tell(moment, date);

    public string Time(DateTimeOffset moment) => Tell(moment, hours);

    public string DateAndTime(DateTimeOffset moment) => $"{Date(moment)} {Time(moment)}";

    /// <summary>With the zone's name: for what will be read elsewhere, or later.</summary>
    public string Full(DateTimeOffset moment) => $"{DateAndTime(moment)} ({ZoneName})";

    /// <summary>The date in digits, for a file's name.</summary>
    public string FileDate(DateTimeOffset moment) => Tell(moment, fileDate);

    private string Tell(DateTimeOffset moment, string format) =>
        TimeZoneInfo.ConvertTime(moment, zone).ToString(format, CultureInfo.InvariantCulture);
}

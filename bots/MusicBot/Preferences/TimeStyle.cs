using System.Globalization;
using System.Text.Json.Nodes;

namespace MusicBot.Preferences;

/// <summary>A person's format of dates and times: time zone, order and hours.</summary>
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
        // Hatcheck has its own list of names; the rules of a zone are in this machine's database, which may be older or
        // absent.
        KnowsZone = TimeZoneInfo.TryFindSystemTimeZoneById(zoneName ?? "UTC", out var known);
        (zone, ZoneName) = known is null ? (TimeZoneInfo.Utc, "UTC") : (known, zoneName ?? "UTC");
    }

    /// <summary>Hatcheck's built-in defaults.</summary>
    public static TimeStyle Default { get; } = new(null, null, null);

    /// <summary>The zone used; UTC if this machine does not have the person's zone.</summary>
    public string ZoneName { get; }

    public bool KnowsZone { get; }

    public static TimeStyle Of(JsonObject values) =>
        new(Setting.TimeZone.TextIn(values), Setting.DateFormat.TextIn(values), Setting.HourCycle.TextIn(values));

    /// <summary>Same, with another format.</summary>
    public TimeStyle With(string? dateFormat = null, string? hourCycle = null) =>
        new(ZoneName, dateFormat ?? this.dateFormat, hourCycle ?? this.hourCycle);

    public string Date(DateTimeOffset moment) => Format(moment, date);

    public string Time(DateTimeOffset moment) => Format(moment, hours);

    public string DateAndTime(DateTimeOffset moment) => $"{Date(moment)} {Time(moment)}";

    /// <summary>With the zone's name, for text that is read elsewhere or later.</summary>
    public string Full(DateTimeOffset moment) => $"{DateAndTime(moment)} ({ZoneName})";

    /// <summary>The date in digits, for a file's name.</summary>
    public string FileDate(DateTimeOffset moment) => Format(moment, fileDate);

    private string Format(DateTimeOffset moment, string format) =>
        TimeZoneInfo.ConvertTime(moment, zone).ToString(format, CultureInfo.InvariantCulture);
}

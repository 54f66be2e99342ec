using System.Globalization;
using System.Text;

namespace Hatcheck.Drill;

/// <summary>A drill's report as text.</summary>
internal static class DrillText
{
    public static string Verdict(DrillReport report) =>
        report switch
        {
            { Clean: true } =>
                $"Clean: {report.Canaries} canaries were looked for in {report.Sinks.Count} places and found in none "
                    + $"where they do not belong ({report.Engine}, {report.Seconds:0} s).",
            { Finds.Count: > 0 } =>
                $"NOT clean: {report.Finds.Select(find => find.Canary).Distinct(StringComparer.Ordinal).Count()} canaries can "
                    + "be read where they do not belong.",
            _ => "NOT clean: nothing was found, but not everything was exercised or looked at.",
        };

    /// <summary>The rows of the table: place, size, subject, control, found.</summary>
    public static IEnumerable<IReadOnlyList<string>> Rows(DrillReport report) =>
        report.Sinks.Select(sink =>
            (string[])
                [
                    sink.Name,
                    sink.NotLookedAt is null ? Size(sink.Bytes) : "not looked at",
                    $"{report.Canaries}/{report.Patterns}/{report.Digests}",
                    sink.NotLookedAt is not null ? "-"
                    : sink.ControlSeen ? "seen"
                    : sink.Bytes == 0 ? "nothing there"
                    : "NOT SEEN",
                    $"{sink.Found}",
                ]
        );

    public static string Size(long bytes) =>
        bytes switch
        {
            < 10_000 => $"{bytes} B",
            < 10_000_000 => $"{bytes / 1000} kB",
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000.0:0.0} MB"),
        };

    /// <summary>The whole report.</summary>
    public static string Of(DrillReport report)
    {
        var text = new StringBuilder();
        text.AppendLine($"Leak drill of {report.StartedAt:u} on {report.Engine}").AppendLine(Verdict(report)).AppendLine();
        text.AppendLine(
                $"{report.Requests} requests; {report.Canaries} canaries, {report.SeenByOwner} of which their owner saw "
                    + $"again; {report.Patterns} spellings; {report.Digests} hashes of ids."
            )
            .AppendLine();
        foreach (var row in Rows(report))
            text.AppendLine($"{row[0].PadRight(30)} {row[1].PadLeft(14)}   control {row[3].PadRight(13)}   found {row[4]}");
        Section(
            text,
            "Found",
            report.Finds.Select(find => $"{find.Sink}, {find.Place}: {find.Canary}, {find.Form}, {find.Times} times")
        );
        Section(
            text,
            "Not looked at",
            report.Sinks.Where(sink => sink.NotLookedAt is not null).Select(sink => $"{sink.Name}: {sink.NotLookedAt}")
        );
        Section(text, "Not exercised", report.NotExercised);
        Section(text, "Faults", report.Faults);
        Section(text, "Data inventory", report.Inventory.Select(kind => $"{kind.Key}: {kind.Value}"));
        Section(
            text,
            "Strings of the document",
            report.Strings.Select(place => $"{place.Place}: {place.Outcome}{(place.Reason is null ? "" : $" ({place.Reason})")}")
        );
        if (report.Values is not null)
            Section(text, "Values", report.Values.Select(pair => $"{pair.Key}: {pair.Value}"));
        return text.ToString();
    }

    private static void Section(StringBuilder text, string heading, IEnumerable<string> lines)
    {
        var all = lines.ToList();
        if (all.Count == 0)
            return;
        text.AppendLine().AppendLine($"{heading}:");
        foreach (var line in all)
            text.AppendLine($"  {line}");
    }
}

using System.Collections.Frozen;

namespace Hatcheck.Platform.Locales;

/// <summary>
/// Names of the IANA time zone database, as <c>Europe/Berlin</c>: zones and links, spelt exactly so. The machine's own
/// database is not asked: it may be absent or older, and a name that one node takes another must be able to read.
/// </summary>
internal static class TimeZoneName
{
    public const string Form = "A name of the IANA time zone database, as Europe/Berlin.";

    private static readonly Lazy<FrozenSet<string>> names = new(() =>
        LocaleLists.Lines("time-zones.txt").ToFrozenSet(StringComparer.Ordinal)
    );

    public static IReadOnlyCollection<string> All => names.Value;

    public static bool IsKnown(string name) => names.Value.Contains(name);
}

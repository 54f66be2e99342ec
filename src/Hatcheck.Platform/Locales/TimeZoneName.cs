using System.Collections.Frozen;

namespace Hatcheck.Platform.Locales;

/// <summary>
/// Names of the IANA time zone database, such as <c>Europe/Berlin</c>: zones and links, spelt exactly. The operating
/// system's database is not used: it may be absent or older, and every node must accept the same names.
/// </summary>
internal static class TimeZoneName
{
    public const string Form = "A name of the IANA time zone database, such as Europe/Berlin.";

    private static readonly Lazy<FrozenSet<string>> names = new(() =>
        LocaleLists.Lines("time-zones.txt").ToFrozenSet(StringComparer.Ordinal)
    );

    public static IReadOnlyCollection<string> All => names.Value;

    public static bool IsKnown(string name) => names.Value.Contains(name);
}

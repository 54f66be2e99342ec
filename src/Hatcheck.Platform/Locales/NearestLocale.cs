using System.Collections.Frozen;

namespace Hatcheck.Platform.Locales;

/// <summary>Suggests time zones or languages for a mistyped one. Never repeats the typed text.</summary>
internal static class NearestLocale
{
    private const int Most = 3;

    // Common codes for a region that are not registered.
    private static readonly FrozenDictionary<string, string> regions = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["UK"] = "GB",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // By tag: English names and the three letters of ISO 639-2, which people often write instead.
    private const string LanguageNames = """
        ar arabic ara, cs czech cze ces, da danish dan, de german deutsch deu ger, el greek ell, en english eng,
        es spanish spa, fa persian, fi finnish fin, fr french fra fre, he hebrew heb, hi hindi hin, hu hungarian hun,
        id indonesian, it italian ita, ja japanese jpn, ko korean kor, nl dutch nld dut, no norwegian nor, pl polish pol,
        pt portuguese por, ro romanian, ru russian rus, sv swedish swe, tr turkish tur, uk ukrainian ukr,
        vi vietnamese vie, zh chinese chi zho
        """;

    private static readonly FrozenDictionary<string, string> languages = LanguageNames
        .Split(',', StringSplitOptions.TrimEntries)
        .Select(line => line.Split(' '))
        .SelectMany(words => words[1..].Select(name => KeyValuePair.Create(name, words[0])))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // Without Etc/GMT+2 and the like, whose sign is the opposite of what people mean.
    private static readonly Lazy<ILookup<string, string>> zonesByCity = new(() =>
        TimeZoneName.All.Where(name => !name.Any(char.IsAsciiDigit)).ToLookup(City, StringComparer.OrdinalIgnoreCase)
    );

    /// <summary>Europe/Berlin for Berlin and Europe/Berln: the nearest city, in the typed area if it has one.</summary>
    public static IEnumerable<string> TimeZones(string typed)
    {
        var plain = typed.Trim().Replace(' ', '_');
        if (!plain.Any(char.IsAsciiLetter) || plain.Any(char.IsAsciiDigit))
            return [];
        if (Nearest.To(City(plain), zonesByCity.Value.Select(zones => zones.Key)) is not [var city, ..])
            return [];
        var found = zonesByCity.Value[city].Order(StringComparer.Ordinal).ToList();
        var area = plain[..^City(plain).Length];
        var there = found.FindAll(zone => area.Length > 0 && zone.StartsWith(area, StringComparison.OrdinalIgnoreCase));
        return (there.Count > 0 ? there : found).Take(Most);
    }

    /// <summary>en-US for en_US, en-GB for en-UK, de for German, and the language alone where only the rest is unknown.</summary>
    public static IEnumerable<string> Languages(string typed)
    {
        if (typed.Length > LanguageTag.Longest)
            return [];
        var parts = typed.Trim().Split('-', '_');
        var tag = string.Join('-', parts.Select((part, at) => at == 0 ? part.ToLowerInvariant() : Spelt(part)));
        // Extensions may hold anything: only registered parts are suggested.
        if (parts.Length <= 3 && parts.All(part => part.Length > 1) && LanguageTag.IsValid(tag))
            return [tag];
        if (LanguageTag.IsValid(parts[0]))
            return [parts[0].ToLowerInvariant()];
        if (languages.TryGetValue(parts[0], out var known))
            return [known];
        return Nearest.To(parts[0], languages.Keys.Where(name => name.Length > 3)) is [var name, ..] ? [languages[name]] : [];
    }

    private static string City(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static string Spelt(string part) =>
        part.Length switch
        {
            2 => regions.GetValueOrDefault(part.ToUpperInvariant(), part.ToUpperInvariant()),
            4 => part[..1].ToUpperInvariant() + part[1..].ToLowerInvariant(),
            _ => part.ToLowerInvariant(),
        };
}

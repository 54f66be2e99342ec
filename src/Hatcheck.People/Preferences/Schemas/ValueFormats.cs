using System.Collections.Frozen;
using System.Globalization;
using Hatcheck.Platform.Locales;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>A format of texts.</summary>
/// <param name="Accepts">Whether a text has the format.</param>
/// <param name="Form">The sentence that describes it.</param>
/// <param name="Meant">Known texts close to a wrong one.</param>
internal sealed record ValueFormat(Func<string, bool> Accepts, string Form, Func<string, IEnumerable<string>> Meant);

/// <summary>The formats that <c>format</c> can require.</summary>
internal static class ValueFormats
{
    public static readonly FrozenDictionary<string, ValueFormat> ByName = new Dictionary<string, ValueFormat>(
        StringComparer.Ordinal
    )
    {
        ["language"] = new(LanguageTag.IsValid, LanguageTag.Form, NearestLocale.Languages),
        ["time-zone"] = new(TimeZoneName.IsKnown, TimeZoneName.Form, NearestLocale.TimeZones),
        ["time"] = new(IsTime, "A time of day, 00:00 to 23:59.", _ => []),
        ["date"] = new(IsDate, "A date, such as 2026-11-22.", _ => []),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static bool IsTime(string text) =>
        text.Length == 5 && TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsDate(string text) =>
        text.Length == 10 && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}

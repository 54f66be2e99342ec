using System.Collections.Frozen;
using System.Globalization;
using Hatcheck.Platform.Locales;

namespace Hatcheck.People.Preferences.Schemas;

/// <summary>One format of texts.</summary>
/// <param name="Accepts">Whether a text is of it.</param>
/// <param name="Form">The sentence that tells it.</param>
/// <param name="Meant">Known texts that a wrong one may have meant.</param>
internal sealed record ValueFormat(Func<string, bool> Accepts, string Form, Func<string, IEnumerable<string>> Meant);

/// <summary>What <c>format</c> may ask of a text, with the sentence that tells it and what a wrong one may have meant.</summary>
internal static class ValueFormats
{
    public static readonly FrozenDictionary<string, ValueFormat> ByName = new Dictionary<string, ValueFormat>(
        StringComparer.Ordinal
    )
    {
        ["language"] = new(LanguageTag.IsValid, LanguageTag.Form, NearestLocale.Languages),
        ["time-zone"] = new(TimeZoneName.IsKnown, TimeZoneName.Form, NearestLocale.TimeZones),
        ["time"] = new(IsTime, "A time of day, 00:00 to 23:59.", _ => []),
        ["date"] = new(IsDate, "A date, as 2026-11-22.", _ => []),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static bool IsTime(string text) =>
        text.Length == 5 && TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsDate(string text) =>
        text.Length == 10 && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}

using System.Collections.Frozen;
using System.Globalization;
using Hatcheck.Server.Platform.Locales;

namespace Hatcheck.Server.Preferences.Schemas;

/// <summary>What <c>format</c> may ask of a text, each with the sentence that tells it.</summary>
internal static class ValueFormats
{
    public static readonly FrozenDictionary<string, (Func<string, bool> Accepts, string Form)> ByName =
        new Dictionary<string, (Func<string, bool>, string)>(StringComparer.Ordinal)
        {
            ["language"] = (LanguageTag.IsValid, LanguageTag.Form),
            ["time-zone"] = (TimeZoneName.IsKnown, TimeZoneName.Form),
            ["time"] = (IsTime, "A time of day, 00:00 to 23:59."),
            ["date"] = (IsDate, "A date, as 2026-11-22."),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    private static bool IsTime(string text) => text.Length == 5 && TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsDate(string text) => text.Length == 10 && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}

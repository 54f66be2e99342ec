using System.Text.RegularExpressions;

namespace Hatcheck.People.Profiles;

/// <summary>
/// Well-formedness of a language tag by the grammar of RFC 5646 §2.1 (BCP 47): form and repetition, not whether its subtags are
/// registered. The irregular grandfathered tags, all deprecated, are refused.
/// </summary>
internal static partial class LanguageTag
{
    /// <summary>What RFC 5646 §4.4.1 asks a reader to hold, at least.</summary>
    private const int Longest = 35;

    public static bool IsWellFormed(string text)
    {
        if (text.Length > Longest || Langtag().Match(text) is not { Success: true } match)
            return false;
        // A variant or an extension's singleton given twice (§2.2.5, §2.2.6).
        return IsDistinct(match.Groups["variant"]) && IsDistinct(match.Groups["singleton"]);
    }

    private static bool IsDistinct(Group group) =>
        group.Captures.DistinctBy(capture => capture.Value, StringComparer.OrdinalIgnoreCase).Count() == group.Captures.Count;

    [GeneratedRegex(
        @"\A(?:(?:[a-zA-Z]{2,3}(?:-[a-zA-Z]{3}){0,3}|[a-zA-Z]{4,8})(?:-[a-zA-Z]{4})?(?:-(?:[a-zA-Z]{2}|[0-9]{3}))?"
            + @"(?:-(?<variant>[0-9a-zA-Z]{5,8}|[0-9][0-9a-zA-Z]{3}))*(?:-(?<singleton>[0-9a-wy-zA-WY-Z])(?:-[0-9a-zA-Z]{2,8})+)*(?:-[xX](?:-[0-9a-zA-Z]{1,8})+)?"
            + @"|[xX](?:-[0-9a-zA-Z]{1,8})+)\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 100
    )]
    private static partial Regex Langtag();
}

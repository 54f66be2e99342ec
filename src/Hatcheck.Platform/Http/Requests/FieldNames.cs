using System.Text.RegularExpressions;

namespace Hatcheck.Platform.Http.Requests;

/// <summary>
/// Names the wrong member of a body for <c>errors</c>: <c>attributes.lang</c>, or <c>$</c> for the body as a whole. A name
/// that the caller invented may be a user's data. It is repeated only if it looks like a member's name: up to 32 of <c>a-z
/// 0-9 _</c>, a letter first, and never three digits in a row, so that no user's number is repeated.
/// </summary>
internal static partial class FieldNames
{
    public const string Body = "$";

    /// <summary>Converts a path from <c>JsonException</c>, as far as its names may be repeated.</summary>
    public static string OfJsonPath(string? path)
    {
        var names = Part().Matches(path ?? "").Select(part => part.Groups["name"].Value).TakeWhile(IsSafe).ToList();
        return names.Count == 0 ? Body : string.Join('.', names).Replace(".[", "[", StringComparison.Ordinal);
    }

    /// <summary>Converts a C# parameter name: problems use snake_case throughout.</summary>
    public static string Of(string parameter) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter);

    /// <summary>Whether a name may appear in a response.</summary>
    public static bool IsSafe(string name) => Safe().IsMatch(name);

    // Quoted names (['a b']) end the path: they may not be repeated.
    [GeneratedRegex(
        @"\G(?:\A\$)?(?:\.(?<name>[^.\[]+)|(?<name>\[[0-9]+\]))",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 100
    )]
    private static partial Regex Part();

    [GeneratedRegex(
        @"\A(?:\[[0-9]{1,4}\]|(?=.{1,32}\z)[a-z](?:[a-z_]|[0-9]{1,2}(?![0-9]))*)\z",
        RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 100
    )]
    private static partial Regex Safe();
}

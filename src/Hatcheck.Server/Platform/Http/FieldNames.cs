using System.Text.RegularExpressions;

namespace Hatcheck.Server.Platform.Http;

/// <summary>
/// Names the wrong field of a request for <c>errors</c>: <c>attributes.lang</c>, a parameter's name, or <c>$</c> for the body as a whole.
/// A name that the caller made up is repeated only as far as it looks like a field's.
/// </summary>
internal static partial class FieldNames
{
    public const string Body = "$";

    /// <summary>Of a path as <c>JsonException</c> gives it.</summary>
    public static string OfJsonPath(string? path)
    {
        var known = FieldPath().Match(path ?? "").Value;
        return known.StartsWith("$.", StringComparison.Ordinal) ? known[2..] : Body;
    }

    /// <summary>Of the message with which the framework refuses a parameter; null if it says something else.</summary>
    public static string? OfParameter(string message) =>
        // Empty, or null.
        message.EndsWith(" was not provided from body.", StringComparison.Ordinal) || message.StartsWith("Implicit body inferred for parameter ", StringComparison.Ordinal) ? Body
        : ParameterMessage().Match(message) is { Success: true } match ? match.Groups["name"].Value : null;

    [GeneratedRegex(@"^\$(\.[a-z][a-z0-9_]{0,63}){0,4}", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex FieldPath();

    [GeneratedRegex("^Failed to bind parameter \"[A-Za-z?<>]{1,40} (?<name>[A-Za-z]{1,40})\" from ", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ParameterMessage();
}

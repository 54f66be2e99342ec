using System.Text.RegularExpressions;

namespace Hatcheck.Server.Platform.Http.Requests;

/// <summary>Says what a parameter of a plain type may be, where the framework could not read it.</summary>
internal static partial class ParameterFaults
{
    /// <summary>Of the framework's message; null if it says something else.</summary>
    public static Problem? Of(string message)
    {
        if (Message().Match(message) is not { Success: true } match) return null;
        var name = match.Groups["name"].Value;
        var form = match.Groups["type"].Value.TrimEnd('?') switch
        {
            "bool" or "Nullable<bool>" => "true or false",
            "int" or "Nullable<int>" => "a whole number",
            "Guid" or "Nullable<Guid>" => "a UUID",
            _ => "of another form",
        };
        return Problems.Malformed($"`{name}` is {form}, given once.", name);
    }

    [GeneratedRegex(
        "^Failed to bind parameter \"(?<type>[A-Za-z?<>]{1,40}) (?<name>[A-Za-z]{1,40})\" from ",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Message();
}

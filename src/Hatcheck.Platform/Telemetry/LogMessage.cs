using System.Text;

namespace Hatcheck.Platform.Telemetry;

/// <summary>Fills a message template with the values that may be shown.</summary>
internal static class LogMessage
{
    private const string Template = "{OriginalFormat}";

    /// <summary>Returns the filled template; null if the state has none, since it may then hold anything.</summary>
    public static string? Render(IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        if (values.Count == 0 || values[^1] is not { Key: Template, Value: string template })
            return null;
        // A template built at run time would contain its values; a safe one is a literal of the program.
        if (string.IsInterned(template) is null)
            return null;
        var text = new StringBuilder(template.Length + 32);
        for (var at = 0; at < template.Length; at++)
        {
            var letter = template[at];
            if (letter is '{' or '}' && at + 1 < template.Length && template[at + 1] == letter)
            {
                text.Append(letter);
                at++;
            }
            else if (letter == '{' && template.IndexOf('}', at) is var end and > 0)
            {
                text.Append(SafeValues.Show(Find(values, template.AsSpan(at + 1, end - at - 1))));
                at = end;
            }
            else
            {
                text.Append(letter);
            }
        }

        return text.ToString();
    }

    private static object? Find(IReadOnlyList<KeyValuePair<string, object?>> values, ReadOnlySpan<char> hole)
    {
        var name = hole.IndexOfAny(',', ':') is var stop and >= 0 ? hole[..stop] : hole;
        foreach (var (key, value) in values)
        {
            if (name.SequenceEqual(key.AsSpan().TrimStart('@')))
                return value;
        }

        return null;
    }
}

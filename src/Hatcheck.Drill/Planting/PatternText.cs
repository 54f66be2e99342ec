using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Hatcheck.Drill.Planting;

/// <summary>
/// Creates a random text that matches a schema's pattern. Supports simple patterns: classes, literals, alternatives,
/// counts.
/// </summary>
internal static class PatternText
{
    /// <summary>
    /// The count if a pattern has no upper bound, or a high one: enough to make the text unique.
    /// </summary>
    private const int Plenty = 24;

    /// <summary>A matching text; null for an unsupported pattern.</summary>
    public static string? Create(string pattern)
    {
        try
        {
            var at = 0;
            var text = Sequence(pattern, ref at);
            return at == pattern.Length && Regex.IsMatch(text, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)) ? text : null;
        }
        catch (Exception fault) when (fault is FormatException or IndexOutOfRangeException or ArgumentException)
        {
            return null;
        }
    }

    // One of the alternatives up to a closing bracket or the end.
    private static string Sequence(string pattern, ref int at)
    {
        var choices = new List<string>();
        var text = new StringBuilder();
        while (at < pattern.Length && pattern[at] != ')')
        {
            if (pattern[at] == '|')
            {
                choices.Add(text.ToString());
                text.Clear();
                at++;
                continue;
            }

            if (pattern[at] is '^' or '$')
            {
                at++;
                continue;
            }

            var begin = at;
            var piece = Atom(pattern, ref at);
            var end = at;
            for (var more = Count(pattern, ref at); more > 0; more--)
            {
                text.Append(piece);
                if (more == 1)
                    break;
                var again = begin;
                piece = Atom(pattern[..end], ref again);
            }
        }

        choices.Add(text.ToString());
        return choices[RandomNumberGenerator.GetInt32(choices.Count)];
    }

    private static string Atom(string pattern, ref int at)
    {
        switch (pattern[at])
        {
            case '(':
                at += pattern.AsSpan(at).StartsWith("(?:", StringComparison.Ordinal) ? 3 : 1;
                if (pattern[at] == '?')
                    throw new FormatException();
                var inner = Sequence(pattern, ref at);
                if (pattern[at] != ')')
                    throw new FormatException();
                at++;
                return inner;
            case '[':
                return Class(pattern, ref at);
            case '\\':
                at += 2;
                return pattern[at - 1] switch
                {
                    'd' => $"{RandomNumberGenerator.GetInt32(10)}",
                    'w' => Letter(),
                    's' => " ",
                    'S' => Letter(),
                    'p' => throw new FormatException(),
                    var literal => $"{literal}",
                };
            case '.':
                at++;
                return Letter();
            default:
                return $"{pattern[at++]}";
        }
    }

    private static string Class(string pattern, ref int at)
    {
        var letters = new List<char>();
        for (at++; pattern[at] != ']'; at++)
        {
            if (pattern[at] == '^')
                throw new FormatException();
            if (pattern[at] == '\\')
            {
                at++;
                if (pattern[at] == 'd')
                    letters.AddRange("0123456789");
                else if (pattern[at] == 'w')
                    letters.AddRange("abcdefghijklmnopqrstuvwxyz0123456789");
                else
                    letters.Add(pattern[at]);
            }
            else if (pattern[at + 1] == '-' && pattern[at + 2] != ']')
            {
                for (var letter = pattern[at]; letter <= pattern[at + 2]; letter++)
                    letters.Add(letter);
                at += 2;
            }
            else
            {
                letters.Add(pattern[at]);
            }
        }

        at++;
        // Prefers letters and digits: punctuation could have a meaning.
        var plain = letters.Where(char.IsAsciiLetterOrDigit).ToList();
        var from = plain.Count > 0 ? plain : letters;
        return $"{from[RandomNumberGenerator.GetInt32(from.Count)]}";
    }

    private static int Count(string pattern, ref int at)
    {
        if (at >= pattern.Length)
            return 1;
        switch (pattern[at])
        {
            case '*' or '+':
                at++;
                return Plenty;
            case '?':
                at++;
                return 1;
            case '{':
                var end = pattern.IndexOf('}', at);
                var bounds = pattern[(at + 1)..end].Split(',');
                at = end + 1;
                var least = int.Parse(bounds[0], NumberStyles.None, CultureInfo.InvariantCulture);
                var most =
                    bounds.Length == 1 ? least
                    : bounds[1].Length == 0 ? int.MaxValue
                    : int.Parse(bounds[1], NumberStyles.None, CultureInfo.InvariantCulture);
                return Math.Clamp(Plenty, least, most);
            default:
                return 1;
        }
    }

    private static string Letter() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz", 1);
}

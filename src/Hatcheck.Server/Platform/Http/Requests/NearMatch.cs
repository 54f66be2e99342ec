namespace Hatcheck.Server.Platform.Http.Requests;

/// <summary>The known name that the caller may have meant. Answers hold known names only, never what was sent.</summary>
internal static class NearMatch
{
    private const int Longest = 64;

    /// <summary>" Did you mean …?" with a space before it, or nothing.</summary>
    public static string Ask(string given, IEnumerable<string> known) => Of(given, known) is { } near ? $" Did you mean {near}?" : "";

    /// <summary>The nearest name within two edits (one for short names), also without regard to case, - and _; null if none is near.</summary>
    public static string? Of(string given, IEnumerable<string> known)
    {
        if (given.Length is 0 or > Longest) return null;
        var text = Plain(given);
        return known.Select(name => (name, Distance: Distance(text, Plain(name))))
            .Where(one => one.Distance <= (one.name.Length < 5 ? 1 : 2))
            .OrderBy(one => one.Distance).ThenBy(one => one.name, StringComparer.Ordinal)
            .Select(one => one.name).FirstOrDefault();
    }

    private static string Plain(string name) =>
        name.ToLowerInvariant().Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);

    // Levenshtein, row by row.
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var above = row[j];
                row[j] = one[i - 1] == other[j - 1] ? diagonal : 1 + Math.Min(diagonal, Math.Min(above, row[j - 1]));
                diagonal = above;
            }
        }

        return row[^1];
    }
}

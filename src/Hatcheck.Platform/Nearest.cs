namespace Hatcheck.Platform;

/// <summary>Suggests known words for a mistyped one. Never repeats the typed word.</summary>
internal static class Nearest
{
    private const int Most = 3;
    private const int Longest = 64;

    /// <summary>Returns " Did you mean …?" with a leading space, or an empty string.</summary>
    public static string Ask(string typed, IEnumerable<string> known) => Question(To(typed, known).Take(1));

    /// <summary>
    /// Returns at most three known words, nearest first, whose edit distance is at most a third of the typed word's length.
    /// Case, - and _ don't count.
    /// </summary>
    public static IReadOnlyList<string> To(string typed, IEnumerable<string> known)
    {
        if (typed.Length is 0 or > Longest)
            return [];
        var slips = Math.Max(1, typed.Length / 3);
        var plain = Plain(typed);
        return
        [
            .. known
                .Distinct(StringComparer.Ordinal)
                // The lengths' difference is a lower bound of the distance, so most words need no table.
                .Where(word => Math.Abs(Plain(word).Length - plain.Length) <= slips)
                .Select(word => (Word: word, Slips: Slips(plain, Plain(word))))
                .Where(near => near.Slips <= slips)
                .OrderBy(near => near.Slips)
                .ThenBy(near => near.Word, StringComparer.Ordinal)
                .Take(Most)
                .Select(near => near.Word),
        ];
    }

    private static string Plain(string word) =>
        word.ToUpperInvariant().Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);

    /// <summary>The question to append to an error, with a leading space; empty if there is no suggestion.</summary>
    public static string Question(IEnumerable<string> near) =>
        near.ToList() is { Count: > 0 } some ? $" Did you mean {string.Join(" or ", some)}?" : "";

    /// <summary>Edit distance: letters left out, added, changed, or swapped with their neighbour.</summary>
    private static int Slips(string typed, string word)
    {
        var table = new int[typed.Length + 1, word.Length + 1];
        for (var row = 0; row <= typed.Length; row++)
            table[row, 0] = row;
        for (var column = 0; column <= word.Length; column++)
            table[0, column] = column;
        for (var row = 1; row <= typed.Length; row++)
        {
            for (var column = 1; column <= word.Length; column++)
            {
                var changed = table[row - 1, column - 1] + (typed[row - 1] == word[column - 1] ? 0 : 1);
                var best = Math.Min(changed, Math.Min(table[row - 1, column], table[row, column - 1]) + 1);
                var swapped = row > 1 && column > 1 && typed[row - 1] == word[column - 2] && typed[row - 2] == word[column - 1];
                table[row, column] = swapped ? Math.Min(best, table[row - 2, column - 2] + 1) : best;
            }
        }

        return table[typed.Length, word.Length];
    }
}

namespace Hatcheck.Bots.Sending;

/// <summary>
/// Cuts a text into messages of at most 4,096 UTF-16 units, where it reads best, never inside a surrogate pair.
/// </summary>
internal static class TextSplitter
{
    /// <summary>Telegram's limit, in UTF-16 units.</summary>
    public const int Longest = 4096;

    /// <summary>The parts in order; put together they are the text.</summary>
    public static IEnumerable<string> Split(string text, int longest = Longest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 2);
        var start = 0;
        while (start < text.Length)
        {
            var length = text.Length - start <= longest ? text.Length - start : Cut(text.AsSpan(start, longest + 1));
            yield return text.Substring(start, length);
            start += length;
        }
    }

    // The window is one unit longer than a part may be, so that a break just behind the limit is seen.
    private static int Cut(ReadOnlySpan<char> window)
    {
        var longest = window.Length - 1;
        // Cuts at a line break or a space in the second half, otherwise exactly at the limit.
        foreach (var mark in "\n ")
        {
            var at = window[..longest].LastIndexOf(mark);
            if (at >= longest / 2)
                return at + 1;
        }

        return char.IsHighSurrogate(window[longest - 1]) && char.IsLowSurrogate(window[longest]) ? longest - 1 : longest;
    }
}

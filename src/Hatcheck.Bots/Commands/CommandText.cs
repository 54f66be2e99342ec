namespace Hatcheck.Bots.Commands;

/// <summary>A message that starts with a command: <c>/name@bot arguments</c>.</summary>
/// <param name="Name">In lower case, without the slash.</param>
/// <param name="Bot">The bot that it is addressed to, as written; null if none is named.</param>
/// <param name="Tail">What follows.</param>
internal sealed record CommandText(string Name, string? Bot, string Tail)
{
    private const int LongestName = 32;

    /// <summary>
    /// Null if the text does not start with a command as Telegram defines it: 1 to 32 of letters, digits and underscores.
    /// </summary>
    public static CommandText? TryParse(string text)
    {
        if (text is not ['/', ..])
            return null;
        var nameEnd = End(text, 1);
        if (nameEnd == 1 || nameEnd - 1 > LongestName)
            return null;
        var end = nameEnd;
        string? bot = null;
        if (end < text.Length && text[end] == '@')
        {
            var botEnd = End(text, end + 1);
            if (botEnd == end + 1)
                return null;
            bot = text[(end + 1)..botEnd];
            end = botEnd;
        }

        if (end < text.Length && !char.IsWhiteSpace(text[end]))
            return null;
        return new CommandText(text[1..nameEnd].ToLowerInvariant(), bot, text[end..]);
    }

    private static int End(string text, int from)
    {
        while (from < text.Length && (char.IsAsciiLetterOrDigit(text[from]) || text[from] == '_'))
            from++;
        return from;
    }
}

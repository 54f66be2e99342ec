using System.Text;

namespace Hatcheck.Bots.Commands;

/// <summary>Cuts what follows a command into the arguments it declares.</summary>
internal static class ArgumentReader
{
    // Phones turn straight quotation marks into typographic ones.
    private static readonly Dictionary<char, string> ClosedBy = new()
    {
        ['"'] = "\"",
        ['“'] = "”“",
        ['„'] = "“”",
        ['«'] = "»",
        ['»'] = "«",
    };

    public static CommandArguments Read(IReadOnlyList<Argument> declared, string tail)
    {
        var values = new Dictionary<Argument, object>();
        var at = SkipBlanks(tail, 0);
        foreach (var argument in declared)
        {
            if (at == tail.Length)
            {
                if (argument.IsOptional)
                    break;
                return new CommandArguments.Wrong($"“{argument.Name}” is missing.");
            }

            string text;
            if (argument.TakesRest)
            {
                text = tail[at..].TrimEnd();
                at = tail.Length;
            }
            else if (NextWord(tail, ref at) is { } word)
            {
                text = word;
            }
            else
            {
                return new CommandArguments.Wrong("A quotation mark is not closed, or something is glued to its end.");
            }

            switch (argument.Read(text))
            {
                case ArgumentReading.Fits fits:
                    values[argument] = fits.Value;
                    break;
                case ArgumentReading.Wrong wrong:
                    return new CommandArguments.Wrong(wrong.Sentence);
            }

            at = SkipBlanks(tail, at);
        }

        return at == tail.Length
            ? new CommandArguments.Read(values)
            : new CommandArguments.Wrong("That is more than I expected.");
    }

    /// <summary>Null if a quotation mark is not closed, or closed in the middle of a word.</summary>
    private static string? NextWord(string tail, ref int at)
    {
        if (ClosedBy.TryGetValue(tail[at], out var closers))
            return Quoted(tail, ref at, closers);
        var start = at;
        while (at < tail.Length && !char.IsWhiteSpace(tail[at]))
            at++;
        return tail[start..at];
    }

    private static string? Quoted(string tail, ref int at, string closers)
    {
        var word = new StringBuilder();
        for (at++; at < tail.Length; at++)
        {
            var c = tail[at];
            if (c == '\\' && at + 1 < tail.Length && (tail[at + 1] == '\\' || closers.Contains(tail[at + 1])))
            {
                word.Append(tail[++at]);
            }
            else if (closers.Contains(c))
            {
                at++;
                return at == tail.Length || char.IsWhiteSpace(tail[at]) ? word.ToString() : null;
            }
            else
            {
                word.Append(c);
            }
        }

        return null;
    }

    private static int SkipBlanks(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        return at;
    }
}

/// <summary>The outcome of reading a command's arguments.</summary>
internal abstract record CommandArguments
{
    private CommandArguments() { }

    internal sealed record Read(IReadOnlyDictionary<Argument, object> Values) : CommandArguments;

    /// <summary>What is wrong, in a sentence for the person, which does not repeat what they wrote.</summary>
    internal sealed record Wrong(string Sentence) : CommandArguments;
}

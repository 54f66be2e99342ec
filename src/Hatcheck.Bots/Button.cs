using System.Text;
using Hatcheck.Bots.Telegram;

namespace Hatcheck.Bots;

/// <summary>A button under a message. Pressing it calls the handler of its prefix with its payload.</summary>
public sealed class Button
{
    private const int LongestData = 64;
    private const int LongestPrefix = 16;
    private const char Separator = ':';

    /// <summary>Creates a button.</summary>
    /// <param name="text">Its label, 1 to 64 characters.</param>
    /// <param name="prefix">Names the handler: 1 to 16 of a-z, 0-9 and _.</param>
    /// <param name="payload">Comes back when it is pressed. With the prefix at most 63 bytes of UTF-8 (Telegram allows 64 in
    /// all).</param>
    /// <exception cref="ArgumentException">One of them is out of its bounds.</exception>
    public Button(string text, string prefix, string payload = "")
    {
        CheckPrefix(prefix);
        if (text.Length is 0 or > 64)
            throw new ArgumentException("A button's text has 1 to 64 characters.", nameof(text));
        Data = $"{prefix}{Separator}{payload}";
        if (Encoding.UTF8.GetByteCount(Data) > LongestData)
        {
            throw new ArgumentException(
                $"A button's prefix and payload have at most {LongestData - 1} bytes together.",
                nameof(payload)
            );
        }

        Text = text;
    }

    /// <summary>Its label.</summary>
    public string Text { get; }

    internal string Data { get; }

    internal static void CheckPrefix(string prefix)
    {
        if (
            prefix.Length is 0 or > LongestPrefix
            || !prefix.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
        )
        {
            throw new ArgumentException($"A button's prefix is 1 to {LongestPrefix} of a-z, 0-9 and _.", nameof(prefix));
        }
    }

    internal static (string Prefix, string Payload) Split(string data)
    {
        var at = data.IndexOf(Separator, StringComparison.Ordinal);
        return at < 0 ? (data, "") : (data[..at], data[(at + 1)..]);
    }

    /// <summary>Null, which takes the buttons away, if there is none.</summary>
    internal static WireKeyboard? Keyboard(IReadOnlyList<IReadOnlyList<Button>> rows)
    {
        // Telegram refuses an empty row.
        var filled = rows.Where(row => row.Count > 0)
            .Select(row => row.Select(b => new WireButton { Text = b.Text, CallbackData = b.Data }).ToList())
            .ToList();
        return filled.Count == 0 ? null : new WireKeyboard { InlineKeyboard = filled };
    }
}

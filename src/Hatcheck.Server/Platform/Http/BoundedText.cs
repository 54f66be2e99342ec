using System.Text;

namespace Hatcheck.Server.Platform.Http;

/// <summary>Bounds on text from outside. Text is kept as written (docs/adr/0012-text-is-kept-as-written.md); what can't be kept is refused, never stripped.</summary>
internal static class BoundedText
{
    /// <summary>A code: 1 to 64 of <c>a-z 0-9 . _ -</c>.</summary>
    public static bool IsCode(string? value) =>
        value is { Length: >= 1 and <= 64 } && value.All(letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '_' or '-');

    /// <summary>Printable text of at most <paramref name="longest"/> UTF-16 units; null if it is refused.</summary>
    public static string? Accept(string value, int longest)
    {
        if (value.Length > longest) return null;
        var runes = value.AsSpan();
        while (!runes.IsEmpty)
        {
            // A lone surrogate is no character; NUL and its like have no place in text.
            if (Rune.DecodeFromUtf16(runes, out var rune, out var used) != System.Buffers.OperationStatus.Done) return null;
            if (Rune.IsControl(rune) && rune.Value is not ('\n' or '\t')) return null;
            runes = runes[used..];
        }

        return value;
    }
}

using System.Buffers;

namespace Hatcheck.Access.Callers;

/// <summary>
/// Explains a malformed key from its form alone. Nothing is looked up, so that no one learns which keys exist.
/// </summary>
internal static class KeyForm
{
    private static readonly SearchValues<char> Quotes = SearchValues.Create("\"'`\u201c\u201d<>{}$");

    /// <summary>A sentence that explains the mistake; null if the form shows none.</summary>
    public static string? Mistake(string token)
    {
        if (token.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return "`Bearer` appears twice: send `Authorization: Bearer <key>`.";
        if (token.AsSpan().ContainsAny(Quotes))
            return "There are quotes, brackets or a variable's name around the key: send the key alone, without them.";
        if (token.Contains(' ', StringComparison.Ordinal))
            return "There is a space within the key: it is one word, from hck_ to its end.";
        return LooksLikeAKey(token)
            ? "An API key begins with hck_live_ or hck_demo_, in small letters and with _: copy it again."
            : null;
    }

    // hkc_live_…, HCK_LIVE_…, hck-live-…, live_…
    private static bool LooksLikeAKey(string token)
    {
        var start = token[..Math.Min(token.Length, 12)].ToUpperInvariant().Replace('-', '_');
        return start.Contains("LIVE_", StringComparison.Ordinal)
            || start.Contains("DEMO_", StringComparison.Ordinal)
            || start.StartsWith("HCK", StringComparison.Ordinal);
    }
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Hatcheck.Crypto;

public static partial class CanonicalId
{
    private const int MaxEmail = 254;
    private const int MaxLocalPart = 64;
    private static readonly SearchValues<char> LocalPart = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+-/=?^_`{|}~"
    );
    private static readonly SearchValues<char> DomainLabel = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>
    /// Letters that NFC would replace: composition exclusions, singletons, compatibility ideographs, conjoining jamo
    /// (combining marks are refused anyway). .NET does not normalise without ICU (InvariantGlobalization), so text that is
    /// not in NFC is refused. A test compares this list with Python's Unicode data.
    /// </summary>
    private static readonly SearchValues<char> NotComposed = SearchValues.Create(
        string.Concat(
            new[]
            {
                (0x0958, 0x095f),
                (0x09dc, 0x09df),
                (0x0a33, 0x0a36),
                (0x0a59, 0x0a5e),
                (0x0b5c, 0x0b5d),
                (0x0f43, 0x0f43),
                (0x0f4d, 0x0f4d),
                (0x0f52, 0x0f52),
                (0x0f57, 0x0f57),
                (0x0f5c, 0x0f5c),
                (0x0f69, 0x0f69),
                (0x1100, 0x11ff),
                (0x1f71, 0x1f71),
                (0x1f73, 0x1f73),
                (0x1f75, 0x1f75),
                (0x1f77, 0x1f77),
                (0x1f79, 0x1f79),
                (0x1f7b, 0x1f7b),
                (0x1f7d, 0x1f7d),
                (0x1fbe, 0x1fbe),
                (0x1fd3, 0x1fd3),
                (0x1fe3, 0x1fe3),
                (0xf900, 0xfaff),
                (0xfb1d, 0xfb4f),
            }
                .SelectMany(range => Enumerable.Range(range.Item1, range.Item2 - range.Item1 + 1))
                .Select(c => (char)c)
        )
    );

    /// <summary>
    /// An e-mail address, lower-cased (invariant) and in NFC: at most 254 characters, one <c>@</c>, a local part of at most
    /// 64, a domain of at least two labels. Quoted local parts, address literals, and spellings that are not in NFC are
    /// refused.
    /// </summary>
    public static bool TryEmail([NotNullWhen(true)] string? text, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        if (text is not { Length: >= 3 and <= MaxEmail } || text.AsSpan().Count('@') != 1)
            return false;
        var lower = text.ToLowerInvariant();
        var at = lower.IndexOf('@');
        if (!IsLocalPart(lower.AsSpan(0, at)) || !IsDomain(lower.AsSpan(at + 1)))
            return false;
        canonical = lower;
        return true;
    }

    private static bool IsLocalPart(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxLocalPart
        && text[0] != '.'
        && text[^1] != '.'
        && !text.Contains("..", StringComparison.Ordinal)
        && All(text, LocalPart);

    private static bool IsDomain(ReadOnlySpan<char> text)
    {
        var labels = 0;
        foreach (var range in text.Split('.'))
        {
            var label = text[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-' || !All(label, DomainLabel))
                return false;
            labels++;
        }

        return labels >= 2;
    }

    private static bool All(ReadOnlySpan<char> text, SearchValues<char> ascii)
    {
        foreach (var c in text)
            if (!(char.IsAscii(c) ? ascii.Contains(c) : IsComposedLetter(c)))
                return false;
        return true;
    }

    private static bool IsComposedLetter(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter && !NotComposed.Contains(c);
}

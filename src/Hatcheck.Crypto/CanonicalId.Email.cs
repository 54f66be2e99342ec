using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Hatcheck.Crypto;

public static partial class CanonicalId
{
    private const int MaxEmail = 254;
    private const int MaxLocalPart = 64;
    private static readonly SearchValues<char> LocalPart = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+-/=?^_`{|}~");
    private static readonly SearchValues<char> DomainLabel = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>
    /// An e-mail address, lower-cased (invariant) and in NFC: at most 254 characters, one <c>@</c>, a local part of at most 64, a domain
    /// of at least two labels. Quoted local parts and address literals are refused.
    /// </summary>
    public static bool TryEmail([NotNullWhen(true)] string? text, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        if (text is not { Length: >= 3 and <= MaxEmail } || text.AsSpan().Count('@') != 1) return false;
        var lower = text.ToLowerInvariant();
        var at = lower.IndexOf('@');
        if (!IsLocalPart(lower.AsSpan(0, at)) || !IsDomain(lower.AsSpan(at + 1))) return false;
        canonical = lower;
        return true;
    }

    private static bool IsLocalPart(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxLocalPart && text[0] != '.' && text[^1] != '.' && !text.Contains("..", StringComparison.Ordinal)
        && All(text, LocalPart);

    private static bool IsDomain(ReadOnlySpan<char> text)
    {
        var labels = 0;
        foreach (var range in text.Split('.'))
        {
            var label = text[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-' || !All(label, DomainLabel)) return false;
            labels++;
        }

        return labels >= 2;
    }

    private static bool All(ReadOnlySpan<char> text, SearchValues<char> allowed)
    {
        foreach (var c in text)
            if (!allowed.Contains(c) && !(c > 127 && char.GetUnicodeCategory(c) is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter)) return false;
        return true;
    }
}

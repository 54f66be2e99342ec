using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Hatcheck.Crypto;

/// <summary>
/// The one spelling of an id for a blind index. Two spellings would give one user two indexes, so any text that is not
/// plainly an id is refused rather than corrected.
/// </summary>
public static partial class CanonicalId
{
    /// <summary>Telegram's ids have at most 52 significant bits (Bot API, "User").</summary>
    public const long MaxTelegram = 1L << 52;

    internal const string TelegramChannel = "telegram";

    private const int MinPhone = 7;
    private const int MaxPhone = 15;

    /// <summary>A user's Telegram id: 1 to 2^52 in ASCII digits, without sign, leading zero or space.</summary>
    public static bool TryTelegram([NotNullWhen(true)] string? text, [NotNullWhen(true)] out string? canonical)
    {
        canonical =
            IsDecimal(text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && id <= MaxTelegram
                ? text
                : null;
        return canonical is not null;
    }

    /// <summary>Same, or a group's id, which is negative. Use it only for groups: users' ids are positive.</summary>
    public static bool TryTelegramChat([NotNullWhen(true)] string? text, [NotNullWhen(true)] out string? canonical)
    {
        canonical = TryTelegram(text is ['-', ..] ? text[1..] : text, out _) ? text : null;
        return canonical is not null;
    }

    /// <summary>A user's Telegram id in canonical form.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not 1 to 2^52.</exception>
    public static string Telegram(long id)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id, MaxTelegram);
        return id.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// A phone number in E.164: <c>+</c> and 7 to 15 digits, the first not 0. Drops spaces, hyphens, dots and brackets between
    /// them. Refuses a number without <c>+</c>, since its country would be a guess.
    /// </summary>
    public static bool TryPhone([NotNullWhen(true)] string? text, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        if (text is not ['+', ..] || text.Length > 2 * MaxPhone)
            return false;
        Span<char> digits = stackalloc char[MaxPhone + 1];
        var length = 0;
        digits[length++] = '+';
        foreach (var c in text.AsSpan(1))
        {
            if (c is ' ' or '-' or '.' or '(' or ')')
                continue;
            if (!char.IsAsciiDigit(c) || length > MaxPhone)
                return false;
            digits[length++] = c;
        }

        if (length <= MinPhone || digits[1] == '0')
            return false;
        canonical = new string(digits[..length]);
        return true;
    }

    private static bool IsDecimal([NotNullWhen(true)] string? text) =>
        text is [>= '1' and <= '9', ..] && text.Length <= 19 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
}

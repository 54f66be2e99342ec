using System.Globalization;
using Hatcheck.Crypto;

namespace Hatcheck.Ids.Values;

/// <summary>
/// The verdict on a stored value. Only one spelling counts as an id, since two spellings would turn one user into two.
/// </summary>
internal readonly record struct IdVerdict(long Id, string? Hashed, string? Refusal)
{
    public static IdVerdict Of(long id) => new(id, null, null);

    public static IdVerdict Refused(string reason) => new(0, null, reason);
}

/// <summary>Reads stored values. No reason contains a value.</summary>
/// <param name="Normalize">Drops surrounding space, a plus sign and leading zeros, instead of refusing them.</param>
/// <param name="KeepHashed">Takes 64 lowercase hexadecimal digits as already hashed, instead of refusing them.</param>
internal sealed record IdText(bool Normalize, bool KeepHashed)
{
    /// <summary>SQL of the canonical value, to find values that become equal.</summary>
    public string SameSql(string column) =>
        Normalize
            ? $@"regexp_replace({column}::text, '^[ \t\n\r\f\v]*(?:\+|(-))?0*([1-9][0-9]*)[ \t\n\r\f\v]*$', '\1\2') collate ""C"""
            : $@"{column}::text collate ""C""";

    private static readonly char[] Space = [' ', '\t', '\n', '\r', '\f', '\v'];

    public static IdVerdict Read(long value) =>
        value switch
        {
            0 => IdVerdict.Refused("zero"),
            < -CanonicalId.MaxTelegram or > CanonicalId.MaxTelegram => IdVerdict.Refused(
                "greater than 2^52, which no Telegram id is"
            ),
            _ => IdVerdict.Of(value),
        };

    public IdVerdict Read(string value)
    {
        if (BlindIndexKey.IsIndex(value))
        {
            return KeepHashed
                ? new IdVerdict(0, value, null)
                : IdVerdict.Refused("looks hashed already (64 hexadecimal digits); --keep-hashed takes it as it is");
        }

        var text = value.AsSpan();
        if (text.Trim(Space).Length != text.Length)
        {
            if (!Normalize)
                return IdVerdict.Refused("space around it; --normalize drops it");
            text = text.Trim(Space);
        }

        if (text.IsEmpty)
            return IdVerdict.Refused("empty");
        if (text is ['+', >= '0' and <= '9', ..])
        {
            if (!Normalize)
                return IdVerdict.Refused("a plus sign; --normalize drops it");
            text = text[1..];
        }

        var negative = text[0] == '-';
        var digits = negative ? text[1..] : text;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
            return IdVerdict.Refused("not a decimal number");
        var significant = digits.TrimStart('0');
        if (significant.IsEmpty)
            return IdVerdict.Refused("zero");
        if (significant.Length != digits.Length && !Normalize)
            return IdVerdict.Refused("leading zeros; --normalize drops them");
        return long.TryParse(significant, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? Read(negative ? -id : id)
            : IdVerdict.Refused("greater than 2^52, which no Telegram id is");
    }
}

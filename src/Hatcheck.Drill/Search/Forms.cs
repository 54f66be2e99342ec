using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Hatcheck.Drill.Search;

/// <summary>A spelling of a canary, as bytes to look for.</summary>
internal sealed record Pattern(byte[] Bytes, Canary Canary, string Form);

/// <summary>
/// The spellings in which a value might occur. Encodings are covered twice: here, spelt out, so that a piece of a longer
/// encoded text is found; and by <see cref="NestedDecoder"/>, which decodes and so finds a spelling inside another.
/// </summary>
internal static class Forms
{
    /// <summary>A shorter pattern would occur by chance.</summary>
    private const int Shortest = 7;

    /// <summary>From this length on, half of a value is a find too: a masked or cut-off secret.</summary>
    private const int WorthHalving = 20;

    public static IEnumerable<Pattern> Of(Canary canary)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (form, bytes) in canary.Text is { } text ? OfText(text, canary.IsControl) : OfBytes(canary.Bytes))
        {
            if (bytes.Length >= Shortest && seen.Add(Convert.ToHexString(bytes)))
                yield return new Pattern(bytes, canary, form);
        }
    }

    private static IEnumerable<(string Form, byte[] Bytes)> OfText(string text, bool isControl)
    {
        foreach (var form in OfBytes(Encoding.UTF8.GetBytes(text)))
            yield return form;
        yield return ("lower case", Encoding.UTF8.GetBytes(text.ToLowerInvariant()));
        yield return ("upper case", Encoding.UTF8.GetBytes(text.ToUpperInvariant()));
        yield return ("UTF-16 LE", Encoding.Unicode.GetBytes(text));
        yield return ("UTF-16 BE", Encoding.BigEndianUnicode.GetBytes(text));
        yield return ("reversed", Encoding.UTF8.GetBytes(Reversed(text)));
        yield return ("percent-encoded", Encoding.ASCII.GetBytes(Uri.EscapeDataString(text)));
        yield return ("JSON-escaped", Encoding.ASCII.GetBytes(Escaped(text, everything: false)));
        yield return ("JSON-escaped in full", Encoding.ASCII.GetBytes(Escaped(text, everything: true)));
        if (text.Length >= WorthHalving && !isControl)
        {
            yield return ("first half", Encoding.UTF8.GetBytes(text[..(text.Length / 2)]));
            yield return ("last half", Encoding.UTF8.GetBytes(text[(text.Length / 2)..]));
        }

        if (Guid.TryParse(text, out var id))
            foreach (var form in OfId(id))
                yield return form;
        if (ulong.TryParse(text.TrimStart('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            foreach (var form in OfNumber(number))
                yield return form;
    }

    private static IEnumerable<(string Form, byte[] Bytes)> OfBytes(byte[] bytes)
    {
        yield return ("plain", bytes);
        yield return ("hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)));
        yield return ("hex, upper case", Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)));
        yield return ("percent-encoded in full", Encoding.ASCII.GetBytes(string.Concat(bytes.Select(one => $"%{one:X2}"))));
        yield return ("reversed bytes", [.. bytes.Reverse()]);
        // Base64 of a longer text holds it at one of three offsets; leaves out the characters that neighbours change.
        for (var before = 0; before < 3; before++)
        {
            var text = Convert.ToBase64String([.. new byte[before], .. bytes]).TrimEnd('=');
            var core = text[(before == 0 ? 0 : before + 1)..^1];
            yield return ($"base64, offset {before}", Encoding.ASCII.GetBytes(core));
            yield return ($"base64url, offset {before}", Encoding.ASCII.GetBytes(core.Replace('+', '-').Replace('/', '_')));
        }
    }

    private static IEnumerable<(string Form, byte[] Bytes)> OfId(Guid id)
    {
        yield return ("id, big endian", id.ToByteArray(bigEndian: true));
        yield return ("id, mixed endian", id.ToByteArray());
        yield return ("id without dashes", Encoding.ASCII.GetBytes($"{id:N}"));
        yield return ("id without dashes, upper case", Encoding.ASCII.GetBytes($"{id:N}".ToUpperInvariant()));
    }

    private static IEnumerable<(string Form, byte[] Bytes)> OfNumber(ulong number)
    {
        var eight = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(eight, number);
        // Its first byte is zero, and distinguishes nothing.
        yield return ("number, big endian", eight[1..]);
        yield return ("number, little endian", [.. eight.Reverse().Take(7)]);
        yield return ("number in hex", Encoding.ASCII.GetBytes($"{number:x}"));
        yield return ("number in hex, upper case", Encoding.ASCII.GetBytes($"{number:X}"));
        var digits = number.ToString(CultureInfo.InvariantCulture);
        yield return ("number, BCD", Convert.FromHexString(digits.Length % 2 == 0 ? digits : $"0{digits}"));
        yield return ("number, grouped", Encoding.ASCII.GetBytes(number.ToString("N0", CultureInfo.InvariantCulture)));
        // PostgreSQL's numeric: groups of four decimal digits, each a 16-bit number.
        yield return ("number, base 10,000", BaseTenThousand(digits));
    }

    private static byte[] BaseTenThousand(string digits)
    {
        var padded = digits.PadLeft((digits.Length + 3) / 4 * 4, '0');
        var bytes = new byte[padded.Length / 2];
        for (var i = 0; i < padded.Length; i += 4)
            BinaryPrimitives.WriteInt16LittleEndian(
                bytes.AsSpan(i / 2),
                short.Parse(padded.AsSpan(i, 4), CultureInfo.InvariantCulture)
            );
        return bytes;
    }

    private static string Reversed(string text)
    {
        var letters = text.EnumerateRunes().Reverse();
        return string.Concat(letters);
    }

    private static string Escaped(string text, bool everything)
    {
        var escaped = new StringBuilder(text.Length * 6);
        foreach (var letter in text)
        {
            if (everything || letter > 126)
                escaped.Append($"\\u{(int)letter:x4}");
            else
                escaped.Append(letter);
        }

        return escaped.ToString();
    }
}

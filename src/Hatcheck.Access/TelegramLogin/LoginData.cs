using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Hatcheck.Crypto;

namespace Hatcheck.Access.TelegramLogin;

/// <summary>
/// The data that Telegram signed, read from a query string; untrusted until its signature is verified. Reading is strict,
/// so that there is only one reading: no duplicate field, no broken escape, no invalid UTF-8, no control character.
/// </summary>
internal sealed class LoginData
{
    /// <summary>Longer data is refused unread.</summary>
    public const int Longest = 4096;

    private const int MostFields = 32;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonDocumentOptions StrictJson = new() { AllowDuplicateProperties = false, MaxDepth = 8 };
    private readonly Dictionary<string, string> fields;

    private LoginData(Dictionary<string, string> fields, string hash, DateTimeOffset signedAt) =>
        (this.fields, Hash, SignedAt) = (fields, hash, signedAt);

    /// <summary>The signature.</summary>
    public string Hash { get; }

    /// <summary><c>auth_date</c>.</summary>
    public DateTimeOffset SignedAt { get; }

    /// <summary>The signed fields: all except <c>hash</c>.</summary>
    public IEnumerable<KeyValuePair<string, string>> Signed => fields;

    /// <summary>The user id of the Login Widget's data, as a canonical Telegram id.</summary>
    public string? LoginUser =>
        fields.TryGetValue("id", out var id) && CanonicalId.TryTelegram(id, out var canonical) ? canonical : null;

    /// <summary>
    /// The user id of a web app's data: <c>id</c> of the JSON in <c>user</c>. Absent if the web app was opened from a
    /// keyboard button.
    /// </summary>
    public string? WebAppUser
    {
        get
        {
            if (!fields.TryGetValue("user", out var user))
                return null;
            try
            {
                using var json = JsonDocument.Parse(user, StrictJson);
                return
                    json.RootElement.ValueKind == JsonValueKind.Object
                    && json.RootElement.TryGetProperty("id", out var id)
                    && id.ValueKind == JsonValueKind.Number
                    && CanonicalId.TryTelegram(id.GetRawText(), out var canonical)
                    ? canonical
                    : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    public static bool TryRead(string text, [NotNullWhen(true)] out LoginData? data)
    {
        data = null;
        if (text.Length is 0 or > Longest)
            return false;
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split('&'))
        {
            var split = part.IndexOf('=', StringComparison.Ordinal);
            if (
                split <= 0
                || read.Count == MostFields
                || !TryDecode(part[..split], out var name)
                || !TryDecode(part[(split + 1)..], out var value)
                || !read.TryAdd(name, value)
            )
                return false;
        }

        if (!read.Remove("hash", out var hash) || !read.TryGetValue("auth_date", out var date))
            return false;
        if (date.Length is 0 or > 12 || !date.All(char.IsAsciiDigit) || date[0] == '0')
            return false;
        var seconds = long.Parse(date, CultureInfo.InvariantCulture);
        if (seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return false;
        data = new LoginData(read, hash, DateTimeOffset.FromUnixTimeSeconds(seconds));
        return true;
    }

    /// <summary>Masked.</summary>
    public override string ToString() => nameof(LoginData);

    private static bool TryDecode(string text, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (letter is <= ' ' or > '~')
                return false;
            if (letter == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                    return false;
                bytes.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 2;
            }
            else
            {
                bytes.Add((byte)(letter == '+' ? ' ' : letter));
            }
        }

        try
        {
            decoded = Strict.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        return !decoded.Any(char.IsControl);
    }
}

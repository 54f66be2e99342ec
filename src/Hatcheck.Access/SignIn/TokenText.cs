using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Hatcheck.Platform.Http;

namespace Hatcheck.Access.SignIn;

/// <summary>
/// Parses a signed token (JWS compact serialisation, RFC 7515); its content is untrusted until the signature is checked.
/// Stricter than the library that checks it, so that both always read a token alike: no duplicate member, no padding or
/// white space, no <c>crit</c>.
/// </summary>
internal sealed class TokenText
{
    /// <summary>Characters; longer tokens are refused unread.</summary>
    public const int Longest = 8 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private TokenText(string text, JsonElement header, JsonElement payload) => (Text, Header, Payload) = (text, header, payload);

    public string Text { get; }

    public JsonElement Header { get; }

    public JsonElement Payload { get; }

    public string? KeyId => TextOf(Header, "kid");

    public string? Algorithm => TextOf(Header, "alg");

    public string? Issuer => TextOf(Payload, "iss");

    /// <summary>Whether the text has the form of a signed token.</summary>
    public static bool LooksLikeOne(ReadOnlySpan<char> text) =>
        text.StartsWith("eyJ", StringComparison.Ordinal) && text.Count('.') == 2;

    public static bool TryRead(string text, [NotNullWhen(true)] out TokenText? token)
    {
        token = null;
        if (text.Length > Longest || text.Split('.') is not [var header, var payload, { Length: > 0 } signature])
            return false;
        if (!Base64Url.IsValid(signature) || HasForeignLetters(text))
            return false;
        if (!TryParse(header, out var head) || !TryParse(payload, out var body))
            return false;
        // Critical extensions (RFC 7515, section 4.1.11): none is supported.
        if (head.TryGetProperty("crit", out _) || !IsType(head))
            return false;
        token = new TokenText(text, head, body);
        return true;
    }

    /// <summary>Returns a string member; null if it is absent or of another type.</summary>
    public static string? TextOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // A type, if present, must be that of an access or ID token: a logout token, for example, is signed with the same key
    // (RFC 8725, section 3.11).
    private static bool IsType(JsonElement header)
    {
        if (!header.TryGetProperty("typ", out var type))
            return true;
        if (type.ValueKind != JsonValueKind.String)
            return false;
        var text = type.GetString()!;
        if (text.StartsWith("application/", StringComparison.OrdinalIgnoreCase))
            text = text["application/".Length..];
        return text.Equals("JWT", StringComparison.OrdinalIgnoreCase)
            || text.Equals("at+jwt", StringComparison.OrdinalIgnoreCase);
    }

    private static bool HasForeignLetters(string text)
    {
        foreach (var letter in text)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_' or '.'))
                return true;
        }

        return false;
    }

    private static bool TryParse(string part, out JsonElement json)
    {
        json = default;
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(part), Strict);
            // The parser does not check strings: one that is not valid Unicode fails only when read.
            if (document.RootElement.ValueKind != JsonValueKind.Object || !JsonText.IsReadable(document.RootElement))
                return false;
            json = document.RootElement.Clone();
            return true;
        }
        catch (Exception fault) when (fault is FormatException or JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Hatcheck.Crypto;

/// <summary>
/// Checks Telegram's signatures for one bot: of Login Widget data
/// (core.telegram.org/widgets/login#checking-authorization) and of a web app's <c>initData</c>
/// (core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app). Does not check the age: the caller reads
/// <c>auth_date</c>.
/// </summary>
public sealed class TelegramSignature : IDisposable
{
    private readonly SecretBytes login;
    private readonly SecretBytes webApp;

    /// <summary>Derives both keys from the bot's token; does not keep the token.</summary>
    public TelegramSignature(SecretText botToken)
    {
        using var token = botToken.ToUtf8();
        Span<byte> key = stackalloc byte[32];
        SHA256.HashData(token.Reveal(), key);
        login = new SecretBytes(key);
        HMACSHA256.HashData("WebAppData"u8, token.Reveal(), key);
        webApp = new SecretBytes(key);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>True if <paramref name="hash"/> signs the Login Widget's fields, without <c>hash</c> itself.</summary>
    public bool SignedLogin(IEnumerable<KeyValuePair<string, string>> fields, string hash) => IsSigned(login, fields, hash);

    /// <summary>
    /// True if <paramref name="hash"/> signs the decoded fields of <c>initData</c>, without <c>hash</c> itself.
    /// </summary>
    public bool SignedWebApp(IEnumerable<KeyValuePair<string, string>> fields, string hash) => IsSigned(webApp, fields, hash);

    /// <summary>Zeroes the keys.</summary>
    public void Dispose()
    {
        login.Dispose();
        webApp.Dispose();
    }

    private static bool IsSigned(SecretBytes key, IEnumerable<KeyValuePair<string, string>> fields, string hash)
    {
        if (hash.Length != 2 * Mac.Length || !hash.All(char.IsAsciiHexDigitLower))
            return false;
        var sorted = fields.OrderBy(field => field.Key, StringComparer.Ordinal).ToList();
        // The signed text has a field per line: with a line end in a value, or an equals sign in a name, different fields could
        // have the same text.
        if (sorted.Exists(field => field.Key.Contains('=') || field.Key.Contains('\n') || field.Value.Contains('\n')))
            return false;
        var text = string.Join('\n', sorted.Select(field => $"{field.Key}={field.Value}"));
        return Mac.Verify(key.Reveal(), Encoding.UTF8.GetBytes(text), Convert.FromHexString(hash));
    }
}

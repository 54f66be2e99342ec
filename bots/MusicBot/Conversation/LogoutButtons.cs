using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Hatcheck.Bots;
using Hatcheck.Crypto;

namespace MusicBot.Conversation;

/// <summary>
/// The two buttons under the question of <c>/logout</c>. Their payload names the ticket to delete and the expiry, with a
/// MAC over both and the asked person: a press by another person, a forged payload or an old one deletes nothing, and no
/// process has to remember the question. The payload does not contain the person's id.
/// </summary>
internal sealed class LogoutButtons
{
    public const string Prefix = "logout";

    private const int MacBytes = 12;
    private static readonly TimeSpan Valid = TimeSpan.FromMinutes(10);

    private readonly byte[] key;
    private readonly TimeProvider time;

    public LogoutButtons(SecretText botToken, TimeProvider time)
    {
        key = Mac.HmacSha256(Encoding.UTF8.GetBytes(botToken.Reveal()), "music bot, logout buttons, v1"u8);
        this.time = time;
    }

    public Button Yes(Person person, Guid user) => new("Yes, delete everything", Prefix, Payload('y', person, user));

    public Button No(Person person, Guid user) => new("No, keep it", Prefix, Payload('n', person, user));

    public LogoutPress Read(Person person, string payload)
    {
        if (
            payload.Split('.') is not [var question, var user, var expiry, var mac]
            || question is not ("y" or "n")
            || !long.TryParse(expiry, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var seconds)
            || !Base64Url.IsValid(user, out var length)
            || length != 16
            || !MacMatches(person, $"{question}.{user}.{expiry}", mac)
        )
        {
            return new LogoutPress.NotTheirs();
        }

        if (seconds <= time.GetUtcNow().ToUnixTimeSeconds())
            return new LogoutPress.Expired();
        return question == "y" ? new LogoutPress.Yes(new Guid(Base64Url.DecodeFromChars(user))) : new LogoutPress.No();
    }

    private string Payload(char question, Person person, Guid user)
    {
        var expiry = (time.GetUtcNow() + Valid).ToUnixTimeSeconds().ToString("x", CultureInfo.InvariantCulture);
        var content = $"{question}.{Base64Url.EncodeToString(user.ToByteArray())}.{expiry}";
        return $"{content}.{Base64Url.EncodeToString(MacOf(person, content))}";
    }

    private bool MacMatches(Person person, string content, string mac) =>
        Base64Url.IsValid(mac)
        && System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(
            Base64Url.DecodeFromChars(mac),
            MacOf(person, content)
        );

    private byte[] MacOf(Person person, string content) =>
        Mac.HmacSha256(key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{person.Id}.{content}")))[
            ..MacBytes
        ];
}

/// <summary>The meaning of a button press.</summary>
internal abstract record LogoutPress
{
    private LogoutPress() { }

    internal sealed record Yes(Guid User) : LogoutPress;

    internal sealed record No : LogoutPress;

    internal sealed record Expired : LogoutPress;

    /// <summary>Another person's question, or no payload of this bot.</summary>
    internal sealed record NotTheirs : LogoutPress;
}

using Hatcheck.Crypto;

namespace Hatcheck.Bots.Telegram;

/// <summary>
/// The token of a bot: <c>123456789:AA…</c>. Telegram wants it in the address, so addresses are never logged, traced or put
/// into exceptions.
/// </summary>
internal sealed class BotToken
{
    private const int ShortestSecret = 8;
    private const int LongestSecret = 128;

    private readonly SecretText text;

    private BotToken(SecretText text, long botId)
    {
        this.text = text;
        BotId = botId;
    }

    /// <summary>The number before the colon: the bot's own account, public.</summary>
    public long BotId { get; }

    public static BotToken? TryParse(SecretText text)
    {
        var parts = text.Reveal().Split(':');
        return
            parts.Length == 2
            && long.TryParse(parts[0], System.Globalization.NumberStyles.None, null, out var id)
            && parts[1].Length is >= ShortestSecret and <= LongestSecret
            && parts[1].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? new BotToken(text, id)
            : null;
    }

    public string Reveal() => text.Reveal();

    /// <summary>A server's or a proxy's own words, which may quote the address.</summary>
    public string? Mask(string? words) => words?.Replace(Reveal().Split(':')[1], "***", StringComparison.Ordinal);

    public override string ToString() => "***";
}

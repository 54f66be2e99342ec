namespace Hatcheck.Bots;

/// <summary>Telegram's HTML has four escapes; all other text stays as it is.</summary>
public static class TelegramHtml
{
    /// <summary>Makes any text harmless inside a message of <see cref="BotContext.ReplyHtmlAsync(string, Button[])"/>.</summary>
    public static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("\"", "&quot;", StringComparison.Ordinal);
}

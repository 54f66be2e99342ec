using System.Globalization;
using System.Text;
using Hatcheck.Bots;
using Hatcheck.Contracts;
using MusicBot.Preferences;

namespace MusicBot.Conversation;

/// <summary>The bot's texts, in Telegram's HTML; escapes all input.</summary>
internal static class Texts
{
    public const string Help = """
        <b>What I can do</b>
        /start – begin, or say hello again
        /privacy – what I keep, and why
        /settings – your time zone, how I write dates and hours, notifications
        /mydata – how much I keep about you
        /exportdata – everything I keep about you, as a file
        /logout – delete everything
        /help – this list
        """;

    public const string NothingKept = "I don't have anything about you. Send /start if you would like to begin.";
    public const string NotYet =
        "What I kept about you was deleted and waits to be erased for good. Until then I can't start again: please try "
        + "again later, or ask the bot's owner.";
    public const string OnlyInPrivate = "That is between you and me: please ask me in a private chat.";
    public const string UnknownCommand = "I don't know that command. /help shows what I can do.";
    public const string FreeText =
        "I only understand commands so far, and I don't keep what you write. /help shows what I can do.";
    public const string ExportTooLarge = "Your export is too large for Telegram. Please ask the bot's owner for it.";

    public const string AskLogout = """
        <b>Delete everything?</b>
        I will delete all that I keep about you and destroy the key that opens it. There is no way back.
        /exportdata gives you a copy first.
        """;

    public const string Deleted =
        "Done. Everything I kept about you is deleted, and the key that could open it is destroyed. Send /start if you would "
        + "like to begin again.";

    public const string AlreadyDeleted = "That was deleted already.";
    public const string KeptAll = "Nothing was deleted.";
    public const string AskedTooLongAgo = "That question is too old, so nothing was deleted. Send /logout to be asked again.";
    public const string NotYours = "Only the person who sent /logout can answer this.";

    // Longer names would fill the screen.
    private const int LongestName = 64;

    public static string Welcome(string firstName, bool isNew)
    {
        var name = TelegramHtml.Escape(Shorten(firstName));
        var hello = name.Length > 0 ? $"Hi <b>{name}</b>!" : "Hi!";
        return isNew
            ? $"""
                {hello} I'm the music bot.
                I keep your Telegram account as a sealed ticket, and which commands you used when.
                I don't keep your name or what you write.
                /privacy tells you more, /help shows what I can do.
                """
            : $"{hello} Good to see you again. /help shows what I can do.";
    }

    public static string Privacy(bool blind) =>
        $"""
        <b>What I keep</b>
        • {(blind
            ? "A fingerprint of your Telegram id, so that I recognise you. I don't keep the id itself."
            : "Your Telegram id, sealed, so that I recognise you and can write to you.")}
        • Which commands you used, and when, so that the owner can find faults.
        • What you chose in /settings, and your earlier choices, so that you can undo.

        <b>What I don't keep</b>
        Your name, your username, your messages.

        <b>How</b>
        Each person's data is encrypted with a key of their own. If the database leaks, nobody can read it.

        <b>Your rights</b>
        /mydata counts it, /exportdata shows it, /logout deletes it and destroys your key.
        """;

    /// <summary>Plain text, shown under the file.</summary>
    public static string ExportCaption(string moment) =>
        $"Everything I keep about you, as of {moment}. Anyone who has this file can read it, so look after it.";

    public static string Summary(UserSummary summary, TimeStyle style)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<b>What I keep about you</b>, since {style.Date(summary.CreatedAt)}:\n");
        foreach (var section in summary.Sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"• {TelegramHtml.Escape(section.Name)}: <b>{section.Count}</b>");
            if (section.Description.Length > 0)
                text.Append(CultureInfo.InvariantCulture, $" – {TelegramHtml.Escape(section.Description)}");
            text.Append('\n');
        }

        return text.Append("\n/exportdata shows all of it, /logout deletes it.").ToString();
    }

    private static string Shorten(string name)
    {
        var clean = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > LongestName)
                break;
            if (!Rune.IsControl(rune))
                clean.Append(rune);
        }

        return clean.ToString().Trim();
    }
}

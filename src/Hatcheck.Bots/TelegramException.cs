namespace Hatcheck.Bots;

/// <summary>
/// Telegram refused a call or could not be reached. The message names the method and the error code only: Telegram's
/// description may quote the text that was sent, and an address holds the bot's token.
/// </summary>
public sealed class TelegramException : Exception
{
    internal TelegramException(
        string method,
        int? errorCode,
        string? description = null,
        TimeSpan? retryAfter = null,
        long? migrateTo = null
    )
        : base(errorCode is null ? $"Telegram could not be reached for {method}." : $"Telegram answered {errorCode} to {method}.")
    {
        Method = method;
        ErrorCode = errorCode;
        Description = description ?? "";
        RetryAfter = retryAfter;
        MigrateTo = migrateTo;
    }

    /// <summary>The Bot API method, such as <c>sendMessage</c>.</summary>
    public string Method { get; }

    /// <summary>Telegram's error code, mostly the HTTP status; null if there was no answer.</summary>
    public int? ErrorCode { get; }

    /// <summary>How long Telegram asks to wait, with 429.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The person blocked the bot, or the chat is gone: nothing is wrong with the bot.</summary>
    public bool IsRefusedByPerson => ErrorCode == 403;

    /// <summary>Telegram's own sentence without the token, for comparing with known ones; never printed here.</summary>
    internal string Description { get; }

    /// <summary>The supergroup that the group became.</summary>
    internal long? MigrateTo { get; }

    /// <summary>Telegram's refusal: the exception itself, or the one inside an adapter's exception.</summary>
    internal static TelegramException? In(Exception fault) =>
        fault as TelegramException ?? fault.InnerException as TelegramException;
}

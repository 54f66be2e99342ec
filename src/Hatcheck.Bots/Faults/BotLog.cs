using Microsoft.Extensions.Logging;

namespace Hatcheck.Bots.Faults;

/// <summary>What the runtime logs: never a person's or a chat's id, a text, a token or an address.</summary>
internal static partial class BotLog
{
    [LoggerMessage(1, LogLevel.Information, "The bot @{Username} is ready ({Mode}).")]
    public static partial void Ready(ILogger logger, string username, string mode);

    [LoggerMessage(2, LogLevel.Warning, "Telegram does not answer {Method} (error {ErrorCode}); trying again in {Pause}.")]
    public static partial void StartDelayed(ILogger logger, string method, int? errorCode, TimeSpan pause);

    [LoggerMessage(
        3,
        LogLevel.Critical,
        "Telegram refuses the bot's token (error {ErrorCode}). Set the token that BotFather gave."
    )]
    public static partial void TokenRefused(ILogger logger, int? errorCode);

    [LoggerMessage(4, LogLevel.Warning, "getUpdates failed (error {ErrorCode}), {Failures} times in a row.")]
    public static partial void PollFailed(ILogger logger, int? errorCode, int failures);

    [LoggerMessage(
        5,
        LogLevel.Warning,
        "The last updates could not be confirmed ({Exception}); they may be handled again after the next start."
    )]
    public static partial void NotConfirmed(ILogger logger, string exception);

    [LoggerMessage(6, LogLevel.Warning, "A webhook call without Telegram's secret was refused.")]
    public static partial void WebhookRefused(ILogger logger);

    [LoggerMessage(7, LogLevel.Error, "The handler {Handler} failed with {Exception} (trace {TraceId}).")]
    public static partial void HandlerFailed(ILogger logger, string handler, string exception, string? traceId);

    [LoggerMessage(8, LogLevel.Information, "The person blocked the bot while {Handler} ran.")]
    public static partial void RefusedByPerson(ILogger logger, string handler);

    [LoggerMessage(9, LogLevel.Debug, "An update of kind {Kind} was skipped.")]
    public static partial void Skipped(ILogger logger, string kind);

    [LoggerMessage(10, LogLevel.Warning, "The owner could not be told of faults ({Exception}).")]
    public static partial void OwnerNotTold(ILogger logger, string exception);

    [LoggerMessage(11, LogLevel.Information, "Stopping: finishing what was begun.")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(12, LogLevel.Warning, "The deadline of the stop passed; unfinished updates were cancelled.")]
    public static partial void DeadlinePassed(ILogger logger);

    [LoggerMessage(13, LogLevel.Debug, "The handler {Handler} finished in {Milliseconds} ms (trace {TraceId}).")]
    public static partial void Handled(ILogger logger, string handler, long milliseconds, string? traceId);
}

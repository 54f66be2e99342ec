using Hatcheck.Bots.Telegram;
using Telegram.Bot.Requests.Abstractions;

namespace Hatcheck.Bots.BotApi;

/// <summary>The order, pace and repeats of a call. They follow from its name and chat, so new methods fit too.</summary>
/// <param name="Chat">The call waits for this chat's turn and pace; null if it goes at once.</param>
/// <param name="Repeat">Whether the call is repeated after silence.</param>
internal readonly record struct CallRules(long? Chat, Repeat Repeat)
{
    private static readonly HashSet<string> runtimes = new(
        ["getUpdates", "setWebhook", "deleteWebhook", "logOut", "close"],
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>The rules for one request.</summary>
    /// <exception cref="InvalidOperationException">The call would stop the runtime's updates.</exception>
    public static CallRules Of(IRequest request)
    {
        var method = request.MethodName;
        if (runtimes.Contains(method))
        {
            // A second poller would take updates from the first and lose them. logOut and close end the bot's session.
            throw new InvalidOperationException(
                $"{method} would stop the runtime's updates. Declare handlers in a BotDefinition."
            );
        }

        // A get method changes nothing. Telegram may have done any other call, even if its answer was lost.
        if (method.StartsWith("get", StringComparison.OrdinalIgnoreCase))
            return new(Chat: null, Repeat.Always);
        var isOrnament = method.Equals("sendChatAction", StringComparison.OrdinalIgnoreCase);
        return new(isOrnament || request is not IChatTargetable target ? null : Number(target), Repeat.AfterRefusal);
    }

    // A channel known only by name has its own pace too, under a number that no chat has.
    private static long? Number(IChatTargetable target) =>
        target.ChatId switch
        {
            { Identifier: { } number } => number,
            { Username: { } name } => long.MinValue + (uint)StringComparer.OrdinalIgnoreCase.GetHashCode(name),
            _ => null,
        };
}

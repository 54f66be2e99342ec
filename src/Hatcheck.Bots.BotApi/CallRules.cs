using Hatcheck.Bots.Telegram;
using Telegram.Bot.Requests.Abstractions;

namespace Hatcheck.Bots.BotApi;

/// <summary>How a call is treated. Name and chat tell it, so that methods of the future are treated well too.</summary>
/// <param name="Chat">In whose turn and at whose pace it goes; null if at once.</param>
/// <param name="Repeat">Whether silence may be answered by asking again.</param>
internal readonly record struct CallRules(long? Chat, Repeat Repeat)
{
    private static readonly HashSet<string> runtimes = new(
        ["getUpdates", "setWebhook", "deleteWebhook"],
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>The rules for one request.</summary>
    /// <exception cref="InvalidOperationException">The runtime itself does that.</exception>
    public static CallRules Of(IRequest request)
    {
        var method = request.MethodName;
        if (runtimes.Contains(method))
        {
            // A second poller would take the updates away from the first, and lose them.
            throw new InvalidOperationException($"{method}: the runtime takes the updates. Declare handlers in a BotDefinition.");
        }

        // Asking changes nothing. Of all else Telegram may have done it, whatever became of the answer.
        if (method.StartsWith("get", StringComparison.OrdinalIgnoreCase))
            return new(Chat: null, Repeat.Always);
        var isOrnament = method.Equals("sendChatAction", StringComparison.OrdinalIgnoreCase);
        return new(isOrnament || request is not IChatTargetable target ? null : Number(target), Repeat.AfterRefusal);
    }

    // A channel known by name only still has its own pace: under a number that no chat has.
    private static long? Number(IChatTargetable target) =>
        target.ChatId switch
        {
            { Identifier: { } number } => number,
            { Username: { } name } => long.MinValue + (uint)StringComparer.OrdinalIgnoreCase.GetHashCode(name),
            _ => null,
        };
}

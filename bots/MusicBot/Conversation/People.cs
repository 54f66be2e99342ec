using Hatcheck.Bots;
using Hatcheck.Client;
using Hatcheck.Contracts;

namespace MusicBot.Conversation;

/// <summary>
/// Finds the sender's ticket. Only <c>/start</c> creates one: nothing is kept of a person who did not start, or who deleted
/// everything.
/// </summary>
internal sealed class People(HatcheckClient hatcheck)
{
    /// <summary>
    /// True if the person was erased, or deleted by Hatcheck's operator. A deleted person can still be restored, so the bot
    /// must not claim that nothing is kept.
    /// </summary>
    public static bool IsGone(HatcheckException refusal) => refusal.Code is ProblemCodes.UserErased or ProblemCodes.UserDeleted;

    /// <summary>
    /// The person's ticket, created if absent; records the command in the usage log. Null if they were deleted but not yet
    /// erased.
    /// </summary>
    public async Task<ResolvedUser?> BeginAsync(BotContext context, string action, CancellationToken cancellation)
    {
        try
        {
            return await BeginOrFailAsync(context, action, cancellation);
        }
        catch (HatcheckException refusal) when (refusal.Code == ProblemCodes.UserDeleted)
        {
            return null;
        }
    }

    private async Task<ResolvedUser> BeginOrFailAsync(BotContext context, string action, CancellationToken cancellation)
    {
        var user = await hatcheck.ResolveTelegramAsync(context.Person.Id, cancellation);
        try
        {
            await RecordAsync(user.Id, action, context.WriteKey("usage"), cancellation);
            return user;
        }
        catch (HatcheckException refusal) when (refusal.Code == ProblemCodes.UserErased)
        {
            // Deleted between the two calls, from another chat: begins again.
            user = await hatcheck.ResolveTelegramAsync(context.Person.Id, cancellation);
            await RecordAsync(user.Id, action, context.WriteKey("usage2"), cancellation);
            return user;
        }
    }

    /// <summary>
    /// The person's ticket; records the command in the usage log. Null if nothing is kept about them, and then records
    /// nothing.
    /// </summary>
    public async Task<Guid?> FindAsync(BotContext context, string action, CancellationToken cancellation)
    {
        try
        {
            if (await hatcheck.FindTelegramAsync(context.Person.Id, cancellation) is not { Id: var user })
                return null;
            await RecordAsync(user, action, context.WriteKey("usage"), cancellation);
            return user;
        }
        catch (HatcheckException refusal) when (IsGone(refusal))
        {
            return null;
        }
    }

    private Task<UsageEntry> RecordAsync(Guid user, string action, string key, CancellationToken cancellation) =>
        hatcheck.RecordUsageAsync(user, new UsageRequest(action), key, cancellation);
}

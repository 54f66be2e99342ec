using Hatcheck.Bots;
using Hatcheck.Client;
using Hatcheck.Contracts;

namespace MusicBot.Conversation;

/// <summary>
/// Finds the ticket of whoever writes. Only <c>/start</c> begins one: whoever did not start, or deleted everything, is not kept,
/// whatever they ask.
/// </summary>
internal sealed class People(HatcheckClient hatcheck)
{
    /// <summary>
    /// The person is not known (any more): erased, or deleted by whoever looks after Hatcheck, who could still restore them:
    /// so nobody is told that nothing is kept.
    /// </summary>
    public static bool IsGone(HatcheckException refusal) => refusal.Code is ProblemCodes.UserErased or ProblemCodes.UserDeleted;

    /// <summary>
    /// The person's ticket, made if absent, with the command in the usage log; null if they were deleted and the erasure is
    /// still to come.
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
            // Deleted between the two calls, from another chat: begin anew.
            user = await hatcheck.ResolveTelegramAsync(context.Person.Id, cancellation);
            await RecordAsync(user.Id, action, context.WriteKey("usage2"), cancellation);
            return user;
        }
    }

    /// <summary>
    /// The person's ticket, with the command in the usage log; null if nothing is kept about them, and then no trace of the
    /// question is either.
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

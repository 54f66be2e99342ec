using Hatcheck.Bots;
using Hatcheck.Client;
using Hatcheck.Contracts;

namespace MusicBot.Conversation;

/// <summary>Asks, then deletes everything kept about the person and destroys their key.</summary>
internal sealed class LogoutCommand(HatcheckClient hatcheck, People people, LogoutButtons buttons)
{
    public void AddTo(BotDefinition definition) =>
        definition.OnCommand("logout", "Delete everything I keep about you", AskAsync).OnButton(LogoutButtons.Prefix, PressAsync);

    private async Task AskAsync(CommandContext context, CancellationToken cancellation)
    {
        if (await people.FindAsync(context, "command.logout", cancellation) is { } user)
        {
            await context.ReplyHtmlAsync(Texts.AskLogout, buttons.Yes(context.Person, user), buttons.No(context.Person, user));
        }
        else
        {
            await context.ReplyHtmlAsync(Texts.NothingKept);
        }
    }

    private async Task PressAsync(ButtonContext context, CancellationToken cancellation)
    {
        switch (buttons.Read(context.Person, context.Payload))
        {
            case LogoutPress.Yes yes:
                await DeleteAsync(context, yes.User, cancellation);
                break;
            case LogoutPress.No:
                await context.EditHtmlAsync(Texts.KeptAll);
                break;
            case LogoutPress.Expired:
                await context.EditHtmlAsync(Texts.AskedTooLongAgo);
                break;
            default:
                await context.AnswerAsync(Texts.NotYours, alert: true);
                break;
        }
    }

    private async Task DeleteAsync(ButtonContext context, Guid user, CancellationToken cancellation)
    {
        try
        {
            await hatcheck.EraseAsync(user, cancellation);
            await context.EditHtmlAsync(Texts.Deleted);
        }
        catch (HatcheckException refusal) when (refusal.Code is ProblemCodes.UserErased or ProblemCodes.UserNotFound)
        {
            // A second press, or the same update again after a crash.
            await context.AnswerAsync(Texts.AlreadyDeleted);
            await context.EditHtmlAsync(Texts.Deleted);
        }
    }
}

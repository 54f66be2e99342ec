using Hatcheck.Bots;
using Hatcheck.Bots.Commands;
using Hatcheck.Client;
using Hatcheck.Contracts;
using MusicBot.Conversation;

namespace MusicBot.Preferences;

/// <summary>
/// <c>/settings</c>: shows a person's settings and lets them change them, in their private chat only. A button acts for the
/// person who presses it, in their own chat with the bot; elsewhere it does nothing, so a forwarded message neither changes
/// nor shows settings.
/// </summary>
internal sealed class SettingsCommand(PersonalSettings settings, People people, TimeProvider time)
{
    private const string ResetWord = "reset";
    private static readonly Argument<string> What = Argument
        .Choice("what", [.. Setting.All.Select(s => s.Name), ResetWord])
        .AsOptional();
    private static readonly Argument<string> Value = Argument.Rest("value", 100).AsOptional();

    public void AddTo(BotDefinition definition) =>
        definition
            .OnCommand("settings", "Time zone, dates and hours, notifications", AnswerAsync, What, Value)
            .OnButton(SettingsWish.Prefix, PressAsync);

    private async Task AnswerAsync(CommandContext context, CancellationToken cancellation)
    {
        if (!context.IsPrivateChat)
        {
            await context.ReplyHtmlAsync(Texts.OnlyInPrivate);
            return;
        }

        var setting = Setting.All.FirstOrDefault(s => s.Name == context.Get(What));
        SettingsWish? wish = (context.Get(What), context.Get(Value)) switch
        {
            (null, _) => new SettingsWish.Show(),
            (ResetWord, null) => new SettingsWish.Reset(),
            (ResetWord, _) => null,
            (_, { } value) => new SettingsWish.Set(setting!, value),
            _ => setting == Setting.TimeZone ? new SettingsWish.ChooseZone() : null,
        };
        if (await people.FindAsync(context, "command.settings", cancellation) is not { } user)
            await context.ReplyHtmlAsync(Texts.NothingKept);
        else if (wish is null)
            await context.ReplyHtmlAsync(setting is null ? SettingsScreen.ResetTakesNothing : SettingsScreen.NeedsValue(setting));
        else if (wish is SettingsWish.ChooseZone)
            await context.ReplyHtmlAsync(SettingsScreen.Zones, SettingsScreen.ZoneButtons);
        else
            await AnswerAsync(context, user, wish, cancellation);
    }

    private async Task AnswerAsync(CommandContext context, Guid user, SettingsWish wish, CancellationToken cancellation)
    {
        try
        {
            var state = await settings.FulfilAsync(user, wish, cancellation);
            await context.ReplyHtmlAsync(
                SettingsScreen.Html(state, time.GetUtcNow()),
                SettingsScreen.Buttons(state, time.GetUtcNow())
            );
        }
        catch (HatcheckException refusal) when (refusal.Code == ProblemCodes.Invalid && wish is SettingsWish.Set)
        {
            var set = (SettingsWish.Set)wish;
            await context.ReplyHtmlAsync(SettingsScreen.Refusal(set.Setting, set.Value, Reasons(refusal)));
        }
        catch (HatcheckException refusal) when (People.IsGone(refusal))
        {
            await context.ReplyHtmlAsync(Texts.NothingKept);
        }
    }

    private async Task PressAsync(ButtonContext context, CancellationToken cancellation)
    {
        if (!context.IsPrivateChat)
        {
            await context.AnswerAsync(Texts.OnlyInPrivate, alert: true);
            return;
        }

        if (SettingsWish.Read(context.Payload) is not { } wish)
        {
            await context.AnswerAsync(SettingsScreen.NoSuchButton);
            return;
        }

        if (await people.FindAsync(context, "button.settings", cancellation) is not { } user)
            await context.EditHtmlAsync(Texts.NothingKept);
        else if (wish is SettingsWish.ChooseZone)
            await context.EditHtmlAsync(SettingsScreen.Zones, SettingsScreen.ZoneButtons);
        else
            await PressAsync(context, user, wish, cancellation);
    }

    private async Task PressAsync(ButtonContext context, Guid user, SettingsWish wish, CancellationToken cancellation)
    {
        try
        {
            var state = await settings.FulfilAsync(user, wish, cancellation);
            await context.EditHtmlAsync(
                SettingsScreen.Html(state, time.GetUtcNow()),
                SettingsScreen.Buttons(state, time.GetUtcNow())
            );
        }
        catch (HatcheckException refusal) when (refusal.Code == ProblemCodes.Invalid)
        {
            await context.AnswerAsync(SettingsScreen.PlainRefusal(Reasons(refusal)), alert: true);
        }
        catch (HatcheckException refusal) when (People.IsGone(refusal))
        {
            await context.EditHtmlAsync(Texts.NothingKept);
        }
    }

    private static IEnumerable<string> Reasons(HatcheckException refusal) =>
        refusal.Errors.Values.SelectMany(r => r).Distinct(StringComparer.Ordinal);
}

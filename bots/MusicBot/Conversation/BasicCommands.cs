using Hatcheck.Bots;
using Hatcheck.Client;

namespace MusicBot.Conversation;

/// <summary>Greeting, help, privacy, and an answer to other messages.</summary>
internal sealed partial class BasicCommands(HatcheckClient hatcheck, People people, ILogger<BasicCommands> logger)
{
    public void AddTo(BotDefinition definition) =>
        definition
            .OnCommand("start", "Begin", StartAsync)
            .OnCommand("help", "What I can do", HelpAsync)
            .OnCommand("privacy", "What I keep, and why", PrivacyAsync)
            .OnUnknownCommand((context, _) => context.ReplyHtmlAsync(Texts.UnknownCommand))
            .OnMessage((context, _) => context.IsPrivateChat ? context.ReplyHtmlAsync(Texts.FreeText) : Task.CompletedTask);

    private async Task StartAsync(CommandContext context, CancellationToken cancellation)
    {
        var user = await people.BeginAsync(context, "command.start", cancellation);
        await context.ReplyHtmlAsync(user is null ? Texts.NotYet : Texts.Welcome(context.Person.FirstName, user.Created));
    }

    private async Task HelpAsync(CommandContext context, CancellationToken cancellation)
    {
        await context.ReplyHtmlAsync(Texts.Help);
        await RecordQuietlyAsync(context, "command.help", cancellation);
    }

    private async Task PrivacyAsync(CommandContext context, CancellationToken cancellation)
    {
        await context.ReplyHtmlAsync(Texts.Privacy(hatcheck.HashesIds));
        await RecordQuietlyAsync(context, "command.privacy", cancellation);
    }

    // The person already has the answer, so a storage outage does not concern them here.
    private async Task RecordQuietlyAsync(CommandContext context, string action, CancellationToken cancellation)
    {
        try
        {
            await people.FindAsync(context, action, cancellation);
        }
        catch (HatcheckUnavailableException outage)
        {
            NotRecorded(logger, action, outage.Code);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Action} was answered but not recorded ({Code}).")]
    private static partial void NotRecorded(ILogger logger, string action, string code);
}

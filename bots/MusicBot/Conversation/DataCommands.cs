using System.Text.Encodings.Web;
using System.Text.Json;
using Hatcheck.Bots;
using Hatcheck.Client;
using Hatcheck.Contracts;
using MusicBot.Preferences;

namespace MusicBot.Conversation;

/// <summary>Shows people their stored data, in private chats only.</summary>
internal sealed class DataCommands(HatcheckClient hatcheck, People people, PersonalSettings settings)
{
    // Telegram accepts files of up to 50 MB from bots.
    private const int LargestFile = 50_000_000;

    // For reading: indented, with unescaped letters. It is a file, never part of a web page.
    private static readonly HatcheckJson Readable = new(
        new JsonSerializerOptions(HatcheckJson.Default.Options)
        {
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    public void AddTo(BotDefinition definition) =>
        definition
            .OnCommand(
                "mydata",
                "How much I keep about you",
                (context, cancellation) => InPrivateAsync(context, "command.mydata", ShowSummaryAsync, cancellation)
            )
            .OnCommand(
                "exportdata",
                "Everything I keep about you, as a file",
                (context, cancellation) => InPrivateAsync(context, "command.exportdata", SendExportAsync, cancellation)
            );

    private async Task InPrivateAsync(
        CommandContext context,
        string action,
        Func<CommandContext, Guid, CancellationToken, Task> show,
        CancellationToken cancellation
    )
    {
        if (!context.IsPrivateChat)
        {
            await context.ReplyHtmlAsync(Texts.OnlyInPrivate);
            return;
        }

        await context.ShowTypingAsync();
        try
        {
            if (await people.FindAsync(context, action, cancellation) is { } user)
                await show(context, user, cancellation);
            else
                await context.ReplyHtmlAsync(Texts.NothingKept);
        }
        catch (HatcheckException refusal) when (People.IsGone(refusal))
        {
            // Deleted between the look-up and the answer.
            await context.ReplyHtmlAsync(Texts.NothingKept);
        }
    }

    private async Task ShowSummaryAsync(CommandContext context, Guid user, CancellationToken cancellation) =>
        await context.ReplyHtmlAsync(
            Texts.Summary(await hatcheck.GetSummaryAsync(user, cancellation), await settings.TimeStyleAsync(user, cancellation))
        );

    private async Task SendExportAsync(CommandContext context, Guid user, CancellationToken cancellation)
    {
        var export = await hatcheck.ExportAsync(user, cancellation);
        var file = JsonSerializer.SerializeToUtf8Bytes(export, Readable.UserExport);
        if (file.Length > LargestFile)
        {
            await context.ReplyHtmlAsync(Texts.ExportTooLarge);
            return;
        }

        var style = await settings.TimeStyleAsync(user, cancellation);
        var name = $"my-data-{style.FileDate(export.ExportedAt)}.json";
        await context.ReplyFileAsync(name, file, "application/json", Texts.ExportCaption(style.Full(export.ExportedAt)));
    }
}

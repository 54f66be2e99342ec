using Hatcheck.Bots.BotApi;
using Hatcheck.Crypto;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Telegram.Bot;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;
using Telegram.Bot.Types.ReplyMarkups;

namespace Hatcheck.Bots.Tests.BotApi;

/// <summary>The example of docs/reference/telegram-bot-types.md, compiled and run here; a test holds the two together.</summary>
internal static class BotApiExample
{
    public static IHost Build(SecretText token, Uri telegram)
    {
        // example
        var definition = new BotDefinition()
            .OnCommand(
                "report",
                "The report as a file",
                async (context, stop) =>
                {
                    using var content = new MemoryStream("la la la"u8.ToArray());
                    await context.Client.SendDocument(
                        context.ChatId,
                        InputFile.FromStream(content, "report.txt"),
                        caption: $"For {context.Update.Message!.From!.FirstName}",
                        replyMarkup: new InlineKeyboardMarkup(InlineKeyboardButton.WithCallbackData("Thanks", "thanks:7")),
                        cancellationToken: stop
                    );
                }
            )
            .OnButton(
                "thanks",
                async (context, stop) =>
                    await context.Client.AnswerCallbackQuery(
                        context.Update.CallbackQuery!.Id,
                        $"Welcome ({context.Payload})",
                        cancellationToken: stop
                    )
            )
            .OnUpdate(
                UpdateType.Message,
                async (client, update, stop) =>
                    await client.SendMessage(update.Message!.Chat, $"You said {update.Message.Text}", cancellationToken: stop)
            )
            .OnUpdate(
                UpdateType.PollAnswer,
                async (client, update, stop) =>
                    await client.SendMessage(update.PollAnswer!.User!.Id, "You voted.", cancellationToken: stop)
            );

        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddHostedService(provider => new TelegramBot(
            new TelegramBotOptions { Token = token, TelegramUrl = telegram },
            definition,
            provider.GetRequiredService<ILogger<TelegramBot>>()
        ));
        return builder.Build();
        // end
    }
}

using Hatcheck.Bots.Commands;
using Hatcheck.Client;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Bots.Tests;

/// <summary>
/// The example of docs/reference/telegram-bot-runtime.md, compiled and run here; a test holds the two together.
/// </summary>
internal static class BotExample
{
    public static IHost Build(HatcheckClient hatcheck, SecretText token, Uri telegram)
    {
        // example
        var title = Argument.Text("title", longest: 100);
        var count = Argument.Number("count", 1, 5).AsOptional();

        var definition = new BotDefinition()
            .OnCommand(
                "start",
                "Begin",
                async (context, cancellation) =>
                {
                    var user = await hatcheck.ResolveTelegramAsync(context.Person.Id, cancellation);
                    await hatcheck.RecordUsageAsync(
                        user.Id,
                        new UsageRequest("command.start"),
                        context.WriteKey("usage"),
                        cancellation
                    );
                    await context.ReplyHtmlAsync($"Hi <b>{TelegramHtml.Escape(context.Person.FirstName)}</b>!");
                }
            )
            .OnCommand(
                "play",
                "Play a title",
                (context, _) =>
                    context.ReplyHtmlAsync(
                        $"{TelegramHtml.Escape(context.Get(title)!)} × {(context.Has(count) ? context.Get(count) : 1)}",
                        new Button("Stop", "stop")
                    ),
                title,
                count
            )
            .OnButton("stop", (context, _) => context.EditHtmlAsync("Stopped."));

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

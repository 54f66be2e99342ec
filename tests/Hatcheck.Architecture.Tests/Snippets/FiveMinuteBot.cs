using Hatcheck.Bots;
using Hatcheck.Client;
using Hatcheck.Contracts;
using Hatcheck.Crypto;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Architecture.Tests.Snippets;

/// <summary>The bot of the README, compiled here; a test compares the two.</summary>
internal static class FiveMinuteBot
{
    public static async Task RunAsync(string[] args)
    {
        // The README's part begins.
        static SecretText Secret(string name) =>
            new(Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"Set {name}."));

        var hatcheck = new HatcheckClient(
            new HatcheckClientOptions { Url = new Uri("http://127.0.0.1:8080"), ApiKey = Secret("HATCHECK_API_KEY") }
        );

        var bot = new BotDefinition()
            .OnCommand(
                "start",
                "Begin",
                async (context, stop) =>
                {
                    var user = await hatcheck.ResolveTelegramAsync(context.Person.Id, stop); // the same ticket every time
                    await hatcheck.RecordUsageAsync(user.Id, new UsageRequest("command.start"), context.WriteKey("usage"), stop);
                    await context.ReplyAsync($"Hello {context.Person.FirstName}! To my database you are {user.Id}.");
                }
            )
            .OnCommand(
                "forget",
                "Delete everything about me",
                async (context, stop) =>
                {
                    if (await hatcheck.FindTelegramAsync(context.Person.Id, stop) is { } user) // creates no user
                        await hatcheck.EraseAsync(user.Id, stop); // rows gone, and the key to any copy of them
                    await context.ReplyAsync("Done. I don't know you any more.");
                }
            );

        var host = Host.CreateApplicationBuilder(args);
        host.Services.AddHostedService(services => new TelegramBot(
            new TelegramBotOptions { Token = Secret("BOT_TOKEN") },
            bot,
            services.GetRequiredService<ILogger<TelegramBot>>()
        ));
        await host.Build().RunAsync();
        // The README's part ends.
    }
}

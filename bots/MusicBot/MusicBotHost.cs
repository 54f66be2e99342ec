using Hatcheck.Bots;
using Hatcheck.Client;
using MusicBot.Conversation;
using MusicBot.Preferences;

namespace MusicBot;

/// <summary>Runs the music bot: as a separate program, or inside another host (<c>hatcheck demo</c>).</summary>
public static class MusicBotHost
{
    // The bot takes up to 20 seconds to stop, and its last calls to Telegram some more.
    private static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(35);

    /// <summary>Adds the bot as a hosted service, with the settings of docs/concepts/bots.md.</summary>
    /// <exception cref="MusicBotConfigurationException">A setting is missing or wrong; lists all faults.</exception>
    public static IServiceCollection AddMusicBot(this IServiceCollection services, IConfiguration configuration) =>
        services.AddMusicBot(MusicBotSettings.Read(configuration));

    /// <summary>A host of the bot alone, for callers that run it beside something else.</summary>
    /// <exception cref="MusicBotConfigurationException">A setting is missing or wrong; lists all faults.</exception>
    public static IHost Build(IConfiguration configuration, Action<ILoggingBuilder>? logging = null)
    {
        var settings = MusicBotSettings.Read(configuration);
        return settings.Bot.Mode == UpdateMode.Webhook ? BuildWebhook(settings, logging) : BuildPolling(settings, logging);
    }

    /// <summary>
    /// Runs the program. Returns 0 after a stop, 1 for a fault while running, 2 for wrong settings or arguments.
    /// </summary>
    internal static async Task<int> RunAsync(string[] args)
    {
        if (args.Length > 0)
        {
            // Arguments hold no settings: other accounts of the machine can see them.
            var asked = args is ["--help" or "-h" or "help"];
            await (asked ? Console.Out : Console.Error).WriteLineAsync(Usage.Text);
            return asked ? 0 : 2;
        }

        try
        {
            var configuration = new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .AddJsonFile("appsettings.json", optional: true)
                .AddEnvironmentVariables()
                .Build();
            using var host = Build(configuration);
            await host.RunAsync();
            return 0;
        }
        catch (MusicBotConfigurationException faults)
        {
            await Console.Error.WriteLineAsync(faults.Message);
            return 2;
        }
        catch (TelegramException refusal)
        {
            await Console.Error.WriteLineAsync($"{refusal.Message} Is Bot__Token the token that BotFather gave?");
            return 1;
        }
    }

    private static IServiceCollection AddMusicBot(this IServiceCollection services, MusicBotSettings settings)
    {
        services.AddSingleton(_ => new HatcheckClient(settings.Hatcheck));
        services.AddSingleton<People>();
        services.AddSingleton<BasicCommands>();
        services.AddSingleton<PersonalSettings>();
        services.AddSingleton<DataCommands>();
        services.AddSingleton(provider => new SettingsCommand(
            provider.GetRequiredService<PersonalSettings>(),
            provider.GetRequiredService<People>(),
            settings.Bot.Time
        ));
        services.AddSingleton(provider => new LogoutCommand(
            provider.GetRequiredService<HatcheckClient>(),
            provider.GetRequiredService<People>(),
            new LogoutButtons(settings.Bot.Token, settings.Bot.Time)
        ));
        services.AddSingleton(provider => new TelegramBot(
            settings.Bot,
            Define(provider),
            provider.GetRequiredService<ILogger<TelegramBot>>()
        ));
        services.AddHostedService(provider => provider.GetRequiredService<TelegramBot>());
        return services;
    }

    private static BotDefinition Define(IServiceProvider provider)
    {
        var definition = new BotDefinition();
        provider.GetRequiredService<BasicCommands>().AddTo(definition);
        provider.GetRequiredService<SettingsCommand>().AddTo(definition);
        provider.GetRequiredService<DataCommands>().AddTo(definition);
        provider.GetRequiredService<LogoutCommand>().AddTo(definition);
        return definition;
    }

    private static IHost BuildPolling(MusicBotSettings settings, Action<ILoggingBuilder>? logging)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "music-bot" });
        builder.Logging.AddBotConsole(logging);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = Shutdown);
        builder.Services.AddMusicBot(settings);
        return builder.Build();
    }

    private static WebApplication BuildWebhook(MusicBotSettings settings, Action<ILoggingBuilder>? logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "music-bot" });
        builder.WebHost.UseKestrelCore().UseUrls(settings.ListenUrl);
        builder.Logging.AddBotConsole(logging);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = Shutdown);
        builder.Services.AddMusicBot(settings);
        var app = builder.Build();
        var bot = app.Services.GetRequiredService<TelegramBot>();
        app.MapPost(settings.Bot.WebhookUrl!.AbsolutePath, (RequestDelegate)bot.ReceiveWebhookAsync);
        app.MapGet("/health/live", (RequestDelegate)(_ => Task.CompletedTask));
        app.MapGet(
            "/health/ready",
            (RequestDelegate)(
                context =>
                {
                    context.Response.StatusCode = bot.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                    return Task.CompletedTask;
                }
            )
        );
        return app;
    }

    private static void AddBotConsole(this ILoggingBuilder builder, Action<ILoggingBuilder>? logging)
    {
        // Otherwise ASP.NET Core logs every request with its path.
        builder.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        if (logging is null)
            builder.AddSimpleConsole(o => o.SingleLine = true);
        else
            logging(builder);
    }
}

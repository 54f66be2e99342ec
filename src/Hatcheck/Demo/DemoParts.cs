using System.Security.Cryptography;
using Hatcheck.Access;
using Hatcheck.Access.Staff;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Verbs;
using Hatcheck.Simulator;
using Microsoft.AspNetCore.Http.Metadata;
using MusicBot;

namespace Hatcheck.Demo;

/// <summary>
/// The parts that the demo adds to a server: a simulated Telegram, the chat page, and a bot that reaches both over HTTP,
/// like any other bot.
/// </summary>
internal sealed class DemoParts : IAsyncDisposable
{
    private readonly string token =
        $"{RandomNumberGenerator.GetInt32(100_000_000, 999_999_999)}:{RandomNumberGenerator.GetHexString(35)}";
    private IHost? bot;

    /// <summary>A key for the demo's tenant only; reachable on loopback only.</summary>
    public string ApiKey { get; private set; } = "";

    public WebApplication Build(WebApplicationBuilder builder)
    {
        var options = new SimulatorOptions();
        options.Bots.Add(new SimulatedBot(token, "hatcheck_music_bot", "Music bot"));
        builder.Services.AddTelegramSimulator(options);
        builder.Services.AddSingleton<StoredRows>();
        // Keeps out DNS rebinding: another site's page whose name resolves to loopback.
        builder.Services.AddHostFiltering(filter => filter.AllowedHosts = ["127.0.0.1", "localhost", "[::1]"]);
        return Composition.Build(
            builder,
            app =>
            {
                app.UseHostFiltering();
                app.MapGroup("").WithMetadata(new LargestUpload()).MapTelegramSimulator();
                app.MapStoredRows();
                app.UseChatPage();
            }
        );
    }

    /// <summary>Starts the bot once the server answers.</summary>
    public async Task StartBotAsync(WebApplication app, Actor actor, CancellationToken cancellation)
    {
        var tenant = (await app.Services.GetRequiredService<TenantDirectory>().ListAsync(cancellation))[0];
        // A new name each time: with --keep, two active keys of an older demo may exist.
        var name = $"demo-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        var scopes = app.Services.GetRequiredService<BuiltInRoles>().Get(BuiltInRole.Service).Permissions;
        var made = await app
            .Services.GetRequiredService<ApiKeys>()
            .AddAsync(Grantor.Operator(tenant.Id, actor), name, scopes, TimeSpan.FromDays(1), demo: true, cancellation);
        ApiKey = made.OrThrow().Key;
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["Bot:Token"] = token,
                    ["Bot:TelegramUrl"] = app.Urls.First(),
                    ["Bot:Mode"] = "polling",
                    ["Hatcheck:Url"] = app.Urls.First(),
                    ["Hatcheck:ApiKey"] = ApiKey,
                }
            )
            .Build();
        bot = MusicBotHost.Build(
            settings,
            logging => logging.Services.AddSingleton(app.Services.GetRequiredService<ILoggerProvider>())
        );
        // Stops the bot before the server, so that it finishes its updates while the server still answers.
        app.Lifetime.ApplicationStopping.Register(() => bot.StopAsync(CancellationToken.None).GetAwaiter().GetResult());
        await bot.StartAsync(cancellation);
    }

    public ValueTask DisposeAsync()
    {
        bot?.Dispose();
        return ValueTask.CompletedTask;
    }

    // Telegram's limit for a bot's document is 50 MB; the form around it adds a little.
    private sealed class LargestUpload : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => 52 * 1024 * 1024;
    }
}

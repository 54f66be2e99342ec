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
/// What the demo adds to a server: a simulated Telegram, the chat page, and a bot that speaks HTTP to both as a stranger's
/// would.
/// </summary>
internal sealed class DemoParts : IAsyncDisposable
{
    private readonly string token =
        $"{RandomNumberGenerator.GetInt32(100_000_000, 999_999_999)}:{RandomNumberGenerator.GetHexString(35)}";
    private IHost? bot;

    /// <summary>Opens the demo's tenant, and nothing off loopback.</summary>
    public string ApiKey { get; private set; } = "";

    public WebApplication Build(WebApplicationBuilder builder)
    {
        var options = new SimulatorOptions();
        options.Bots.Add(new SimulatedBot(token, "hatcheck_music_bot", "Music bot"));
        builder.Services.AddTelegramSimulator(options);
        builder.Services.AddSingleton<StoredRows>();
        // A page of another site that resolves its name to loopback must not reach the demo.
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
        // The name is new each time: with --keep, two live keys of an older demo may be there.
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
        // It ends before the server does: it finishes what it took while the server still answers.
        app.Lifetime.ApplicationStopping.Register(() => bot.StopAsync(CancellationToken.None).GetAwaiter().GetResult());
        await bot.StartAsync(cancellation);
    }

    public ValueTask DisposeAsync()
    {
        bot?.Dispose();
        return ValueTask.CompletedTask;
    }

    // As Telegram: a bot's document may have 50 MB; with the form around it a little more.
    private sealed class LargestUpload : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => 52 * 1024 * 1024;
    }
}

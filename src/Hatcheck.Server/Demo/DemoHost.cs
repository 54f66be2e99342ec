using System.Security.Cryptography;
using Hatcheck.Server.Access;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Simulator;
using MusicBot;

namespace Hatcheck.Server.Demo;

/// <summary>The demo's three parts, wired as a stranger would wire them: the bot speaks HTTP to the server and to the simulated Telegram.</summary>
internal sealed class DemoHost : IAsyncDisposable
{
    private const string BotUsername = "hatcheck_music_bot";
    private readonly WebApplication app;
    private readonly IHost bot;

    private DemoHost(WebApplication app, IHost bot, Uri address, string apiKey) => (this.app, this.bot, Address, ApiKey) = (app, bot, address, apiKey);

    public Uri Address { get; }

    /// <summary>Opens the demo's tenant, and nothing off loopback.</summary>
    public string ApiKey { get; }

    /// <summary>Starts server, simulator, page and bot.</summary>
    /// <exception cref="OperatorException">The addresses are not loopback.</exception>
    public static async Task<DemoHost> StartAsync(string urls, string folder, bool keep, Action<string> say, CancellationToken cancellation)
    {
        if (!keep) Clear(folder);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Urls"] = urls,
            ["Data:Folder"] = folder,
            ["Database:Provider"] = "sqlite",
            ["Keys:Provider"] = "file",
        });
        if (!Listening.IsLoopbackOnly(builder.Configuration)) throw new OperatorException("The demo is open to whoever reaches it, so it listens on loopback only; give --urls http://127.0.0.1:PORT.");
        var token = $"{RandomNumberGenerator.GetInt32(100_000_000, 999_999_999)}:{RandomNumberGenerator.GetHexString(35)}";
        var options = new SimulatorOptions { AnyToken = true };
        options.Bots.Add(new SimulatedBot(token, BotUsername, "Music bot"));
        builder.Services.AddTelegramSimulator(options);
        builder.Services.AddSingleton<StoredRows>();
        // A page of another site that resolves its name to loopback must not reach the demo.
        builder.Services.AddHostFiltering(filter => filter.AllowedHosts = ["127.0.0.1", "localhost", "[::1]"]);
        var built = Composition.Build(builder, mapped =>
        {
            mapped.MapGroup("").WithMetadata(new LargestUpload()).MapTelegramSimulator();
            mapped.MapStoredRows();
            mapped.UseChatPage();
        });
        await built.Services.GetRequiredService<Startup>().RunAsync(say, cancellation);
        await built.StartAsync(cancellation);
        var address = new Uri(built.Urls.First());
        var key = await NewKeyAsync(built.Services, cancellation);
        var musicBot = MusicBotHost.Build(BotSettings(address, token, key), logging => logging.Services.AddSingleton(built.Services.GetRequiredService<ILoggerProvider>()));
        await musicBot.StartAsync(cancellation);
        return new DemoHost(built, musicBot, address, key);
    }

    public Task WaitAsync(CancellationToken cancellation) => app.WaitForShutdownAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        // The bot first: it finishes what it took from the simulator while the server still answers.
        await bot.StopAsync();
        bot.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static async Task<string> NewKeyAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var tenant = (await services.GetRequiredService<Tenants>().ListAsync(cancellation))[0];
        // The name is new each time: with --keep, two live keys of an older demo may be there.
        var name = $"demo-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        var (key, _) = await services.GetRequiredService<ApiKeys>().AddAsync(tenant.Id, name, Scopes.All, TimeSpan.FromDays(1), demo: true, cancellation);
        return key;
    }

    private static IConfiguration BotSettings(Uri address, string token, string key) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Bot:Token"] = token,
            ["Bot:TelegramUrl"] = address.ToString().TrimEnd('/'),
            ["Bot:Mode"] = "polling",
            ["Hatcheck:Url"] = address.ToString().TrimEnd('/'),
            ["Hatcheck:ApiKey"] = key,
        })
        .Build();

    private static void Clear(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in new[] { "hatcheck.db", "hatcheck.db-wal", "hatcheck.db-shm", "kek.key" }) File.Delete(Path.Combine(folder, file));
    }

    // As Telegram: a document of a person may have 20 MB for a bot; with the form around it a little more.
    private sealed class LargestUpload : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => 52 * 1024 * 1024;
    }
}

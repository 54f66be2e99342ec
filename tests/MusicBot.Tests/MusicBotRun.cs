using System.Collections.Concurrent;
using System.Globalization;
using Hatcheck.Simulator;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MusicBot.Tests;

/// <summary>The bot in this process, between a simulated Telegram and a fake Hatcheck.</summary>
internal sealed class MusicBotRun : IAsyncDisposable
{
    public const string Token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1";
    public const string Bot = "music_bot";

    private readonly SimulatorHost simulator;
    private readonly ConcurrentQueue<string> log = new();
    private IHost? host;

    private MusicBotRun(SimulatorHost simulator, FakeHatcheck hatcheck)
    {
        this.simulator = simulator;
        Hatcheck = hatcheck;
        Page = new SimulatorPage(simulator.Address);
    }

    public SimulatorPage Page { get; }

    public FakeHatcheck Hatcheck { get; }

    public IEnumerable<string> Log => log;

    public static async Task<MusicBotRun> StartAsync(bool startBot = true)
    {
        var options = new SimulatorOptions { Pace = false, AnyToken = false };
        options.Bots.Add(new SimulatedBot(Token, Bot, "Music"));
        var run = new MusicBotRun(await SimulatorHost.StartAsync(options), await FakeHatcheck.StartAsync());
        if (startBot)
            await run.StartBotAsync();
        return run;
    }

    public async Task StartBotAsync(params (string Key, string Value)[] more)
    {
        host = MusicBotHost.Build(
            new ConfigurationBuilder().AddInMemoryCollection(Settings(more)).Build(),
            logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Lines(log))
        );
        await host.StartAsync();
    }

    public async Task StopBotAsync()
    {
        if (host is null)
            return;
        await host.StopAsync();
        host.Dispose();
        host = null;
    }

    public Dictionary<string, string?> Settings(params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Bot:Token"] = Token,
            ["Bot:TelegramUrl"] = simulator.Address.AbsoluteUri,
            ["Hatcheck:Url"] = Hatcheck.Address.AbsoluteUri,
            ["Hatcheck:ApiKey"] = FakeHatcheck.ApiKey,
        };
        foreach (var (key, value) in more)
            settings[key] = value;
        return settings;
    }

    public Task<SeenMessage> AskAsync(long person, string text) => Page.AskAsync(person, Bot, text);

    public static string Known(long person) => person.ToString(CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await StopBotAsync();
        foreach (var line in log)
            TestContext.Current.TestOutputHelper?.WriteLine(line);
        // After every test: the log, at every level, holds no secret.
        log.ShouldAllBe(l =>
            !l.Contains("AAHdqTcvCH1", StringComparison.Ordinal) && !l.Contains(FakeHatcheck.ApiKey, StringComparison.Ordinal)
        );
        Page.Dispose();
        await simulator.DisposeAsync();
        await Hatcheck.DisposeAsync();
    }

    private sealed class Lines(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}

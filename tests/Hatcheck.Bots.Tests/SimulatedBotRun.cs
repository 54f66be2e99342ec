using System.Collections.Concurrent;
using Hatcheck.Crypto;
using Hatcheck.Simulator;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Bots.Tests;

/// <summary>A bot beside a simulator, which keeps its ledger of updates while bots come and go.</summary>
internal sealed class SimulatedBotRun : IAsyncDisposable
{
    public const string Token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1";
    public const string Username = "music_bot";

    private readonly SimulatorHost simulator;
    private readonly List<TelegramBot> running = [];

    private SimulatedBotRun(SimulatorHost simulator)
    {
        this.simulator = simulator;
        Page = new SimulatorPage(simulator.Address);
    }

    public SimulatorPage Page { get; }

    public Uri Address => simulator.Address;

    public LogLines Log { get; } = new();

    public static async Task<SimulatedBotRun> StartAsync(bool pace = false)
    {
        var options = new SimulatorOptions { Pace = pace, AnyToken = false };
        options.Bots.Add(new SimulatedBot(Token, Username, "Music"));
        return new SimulatedBotRun(await SimulatorHost.StartAsync(options));
    }

    public async Task<TelegramBot> RunAsync(BotDefinition definition, Func<TelegramBotOptions, TelegramBotOptions>? change = null)
    {
        var options = Options();
        var bot = new TelegramBot(change?.Invoke(options) ?? options, definition, Log.For<TelegramBot>());
        running.Add(bot);
        await bot.StartAsync(CancellationToken.None);
        return bot;
    }

    public TelegramBotOptions Options(
        long? owner = null,
        TimeSpan? handlerTimeout = null,
        TimeSpan? stopTimeout = null,
        int concurrency = 16,
        int capacity = 500
    ) =>
        new()
        {
            Token = new SecretText(Token),
            TelegramUrl = simulator.Address,
            OwnerChatId = owner,
            HandlerTimeout = handlerTimeout ?? TimeSpan.FromMinutes(1),
            StopTimeout = stopTimeout ?? TimeSpan.FromSeconds(20),
            Concurrency = concurrency,
            Capacity = capacity,
            RetryDelay = TimeSpan.FromMilliseconds(10),
        };

    public async ValueTask DisposeAsync()
    {
        foreach (var bot in running)
        {
            await bot.StopAsync(CancellationToken.None);
            // A bot whose loop ended by itself did not survive something.
            bot.ExecuteTask!.IsFaulted.ShouldBeFalse(bot.ExecuteTask.Exception?.ToString());
            bot.Dispose();
        }

        Page.Dispose();
        await simulator.DisposeAsync();
        foreach (var line in Log.Lines)
            TestContext.Current.TestOutputHelper?.WriteLine(line);
        // Whatever a test did: no token, no address with it.
        Log.Lines.ShouldAllBe(l => !l.Contains("AAHdqTcvCH1", StringComparison.Ordinal));
    }
}

/// <summary>Every log line, at every level.</summary>
internal sealed class LogLines
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger<T> For<T>() => new Logger<T>(Lines);

    private sealed class Logger<T>(ConcurrentQueue<string> lines) : ILogger<T>
    {
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
    }
}

using System.Text.RegularExpressions;

namespace Hatcheck.Simulator.World;

/// <summary>The whole simulated state: bots, people, files and listeners.</summary>
internal sealed partial class TelegramWorld
{
    /// <summary>Maximum number of made-up bots, so that random tokens cannot fill the memory.</summary>
    private const int MaxBots = 1_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Bot> byToken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Bot> byUsername = new(StringComparer.OrdinalIgnoreCase);

    public TelegramWorld(SimulatorOptions options, TimeProvider time)
    {
        Options = options;
        Time = time;
        People = new People(Math.Max(1, options.MaxPeople));
        Files = new FileShelf(options.StoredFileBytes);
        if (FaultGate.Fault(options.Faults) is { } wrong)
            throw new ArgumentException($"Faults: {wrong}", nameof(options));
        Faults = new FaultGate(options.Faults);
        foreach (var bot in options.Bots)
        {
            if (!WellFormedToken().IsMatch(bot.Token))
                throw new ArgumentException("A bot's token is its id, a colon and 30 to 64 of A-Za-z0-9_-.", nameof(options));
            if (byToken.ContainsKey(bot.Token) || byUsername.ContainsKey(bot.Username))
                throw new ArgumentException($"Two bots are called {bot.Username}, or have one token.", nameof(options));
            Register(bot);
        }
    }

    public SimulatorOptions Options { get; }

    public TimeProvider Time { get; }

    public People People { get; }

    public FileShelf Files { get; }

    public FaultGate Faults { get; }

    public EventStream Events { get; } = new();

    /// <summary>Unix seconds, like all of Telegram's dates.</summary>
    public long Now => Time.GetUtcNow().ToUnixTimeSeconds();

    public IReadOnlyList<Bot> Bots
    {
        get
        {
            lock (gate)
                return byToken.Values.ToArray();
        }
    }

    public Bot? FindBot(string username)
    {
        lock (gate)
            return byUsername.GetValueOrDefault(username);
    }

    /// <summary>The bot of a token; a made-up one for a new token, if the options allow it.</summary>
    public Bot? BotOf(string token)
    {
        lock (gate)
        {
            if (byToken.TryGetValue(token, out var known))
                return known;
            if (!Options.AnyToken || byToken.Count >= MaxBots || !WellFormedToken().IsMatch(token))
                return null;
            var id = token[..token.IndexOf(':')];
            // Another token of the same bot is revoked.
            return byUsername.ContainsKey($"made_up_{id}_bot")
                ? null
                : Register(new SimulatedBot(token, $"made_up_{id}_bot", $"Bot {id}"));
        }
    }

    private Bot Register(SimulatedBot wanted)
    {
        var bot = new Bot(wanted, Options, Time);
        byToken[wanted.Token] = bot;
        byUsername[wanted.Username] = bot;
        return bot;
    }

    [GeneratedRegex("^[1-9][0-9]{0,15}:[A-Za-z0-9_-]{30,64}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex WellFormedToken();
}

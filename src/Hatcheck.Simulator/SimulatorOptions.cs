namespace Hatcheck.Simulator;

/// <summary>Options of the simulated Telegram. Nothing is stored: a restart forgets everything.</summary>
public sealed class SimulatorOptions
{
    /// <summary>The bots known from the start. Default: none.</summary>
    public IList<SimulatedBot> Bots { get; } = [];

    /// <summary>True: accepts any other well-formed token, with a made-up bot. Default true.</summary>
    public bool AnyToken { get; set; } = true;

    /// <summary>
    /// True: limits sending like Telegram: about 1 message/s per chat after a burst of 3, 20/min per group, 30/s per bot;
    /// beyond that the answer is 429 with <c>retry_after</c>. Default true.
    /// </summary>
    public bool Pace { get; set; } = true;

    /// <summary>
    /// True: serves other machines. Default false: loopback only, since any caller can act as any person here.
    /// </summary>
    public bool AllowRemote { get; set; }

    /// <summary>The faults at the start; <c>PUT /sim/faults</c> changes them. Default: none.</summary>
    public SimulatorFaults Faults { get; set; } = new();

    /// <summary>Messages kept per chat, the oldest dropped first. Default 1,000; at least 1.</summary>
    public int MessagesPerChat { get; set; } = 1_000;

    /// <summary>Maximum number of people. Default 1,000; at least 1.</summary>
    public int MaxPeople { get; set; } = 1_000;

    /// <summary>Maximum bytes of files kept in memory, the oldest dropped first. Default 256 MB.</summary>
    public long StoredFileBytes { get; set; } = 256L * 1024 * 1024;
}

/// <summary>A bot, as BotFather would create it.</summary>
/// <param name="Token">The bot's id, a colon, and 35 characters of <c>A-Za-z0-9_-</c> (30 to 64 are accepted).</param>
/// <param name="Username">Ends in "bot", as Telegram requires.</param>
/// <param name="FirstName">The name that people see.</param>
public sealed record SimulatedBot(string Token, string Username, string FirstName);

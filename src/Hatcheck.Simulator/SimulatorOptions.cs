namespace Hatcheck.Simulator;

/// <summary>What the simulated Telegram holds and allows. Nothing of it is stored: a restart forgets everything.</summary>
public sealed class SimulatorOptions
{
    /// <summary>The bots known from the start. Default: none.</summary>
    public IList<SimulatedBot> Bots { get; } = [];

    /// <summary>Whether any other well-formed token is accepted too and gets a made-up bot. Default true.</summary>
    public bool AnyToken { get; set; } = true;

    /// <summary>
    /// Whether sending is paced as Telegram does it: about 1 message/s per chat after a burst of 3, 20/min per group, 30/s
    /// per bot; beyond that the answer is 429 with <c>retry_after</c>. Default true.
    /// </summary>
    public bool Pace { get; set; } = true;

    /// <summary>
    /// Whether callers from other machines are served. Default false: loopback only, since anybody may pose as anybody here.
    /// </summary>
    public bool AllowRemote { get; set; }

    /// <summary>The fault knobs at the start; <c>PUT /sim/faults</c> turns them later. Default: no faults.</summary>
    public SimulatorFaults Faults { get; set; } = new();

    /// <summary>Messages kept per chat, the oldest forgotten first. Default 1,000; at least 1.</summary>
    public int MessagesPerChat { get; set; } = 1_000;

    /// <summary>People that there can be. Default 1,000; at least 1.</summary>
    public int MaxPeople { get; set; } = 1_000;

    /// <summary>Bytes of files kept in memory, the oldest forgotten first. Default 256 MB.</summary>
    public long StoredFileBytes { get; set; } = 256L * 1024 * 1024;
}

/// <summary>A bot as BotFather would have made it.</summary>
/// <param name="Token">The bot's id, a colon, and 35 characters of <c>A-Za-z0-9_-</c> (30 to 64 are accepted).</param>
/// <param name="Username">Ends in "bot", as Telegram demands.</param>
/// <param name="FirstName">The name that people see.</param>
public sealed record SimulatedBot(string Token, string Username, string FirstName);

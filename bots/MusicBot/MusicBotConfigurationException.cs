namespace MusicBot;

/// <summary>
/// The settings are wrong. Lists every fault with the setting's name and a remedy, but no value.
/// </summary>
public sealed class MusicBotConfigurationException : Exception
{
    internal MusicBotConfigurationException(IReadOnlyList<string> faults)
        : base($"The music bot's settings need mending:\n{string.Join('\n', faults.Select(f => $"  {f}"))}") => Faults = faults;

    public IReadOnlyList<string> Faults { get; }
}

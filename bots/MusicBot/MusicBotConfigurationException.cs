namespace MusicBot;

/// <summary>
/// The settings cannot be used; every fault is listed with the setting's name and what to do, and no value is shown.
/// </summary>
public sealed class MusicBotConfigurationException : Exception
{
    internal MusicBotConfigurationException(IReadOnlyList<string> faults)
        : base($"The music bot's settings need mending:\n{string.Join('\n', faults.Select(f => $"  {f}"))}") => Faults = faults;

    public IReadOnlyList<string> Faults { get; }
}

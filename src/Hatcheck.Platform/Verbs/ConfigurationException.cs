namespace Hatcheck.Platform.Verbs;

/// <summary>All faults of the settings, each with the setting's name and what to do.</summary>
internal sealed class ConfigurationException(IReadOnlyList<string> faults) : Exception(string.Join('\n', faults))
{
    public IReadOnlyList<string> Faults => faults;
}

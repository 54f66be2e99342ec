namespace Hatcheck.Platform.Verbs;

/// <summary>The command line asks for something that can't be; seen only after it was parsed. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>There is no Hatcheck where the settings point. Exit code 3.</summary>
internal sealed class NoInstallationException(string message) : Exception(message)
{
    public static NoInstallationException In(string folder) =>
        new($"There is no Hatcheck in {folder}; `hatcheck serve` makes one. Another folder is named with --data.");
}

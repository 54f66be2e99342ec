namespace Hatcheck.Platform.Verbs;

/// <summary>The command line asks for something impossible, which shows only after parsing. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>There is no installation where the settings point. Exit code 3.</summary>
internal sealed class NoInstallationException(string message) : Exception(message)
{
    public static NoInstallationException In(string folder) =>
        new($"There is no Hatcheck in {folder}; `hatcheck serve` creates one. Use --data for another folder.");
}

namespace Hatcheck.TestKit;

/// <summary>Finds files of the repository, wherever the tests run.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>
    /// Returns a folder of third-party test vectors beside the repository; null if absent, which the test must then report.
    /// </summary>
    public static string? Fixtures(string name)
    {
        var folder = Path.Combine(
            Environment.GetEnvironmentVariable("HATCHECK_FIXTURES") ?? Path.Combine(Root, "..", "shared", "fixtures"),
            name
        );
        return Directory.Exists(folder) ? folder : null;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Hatcheck.slnx")))
            folder = folder.Parent;
        return folder?.FullName
            ?? throw new InvalidOperationException("Run the tests from a checkout: Hatcheck.slnx was not found above them.");
    }
}

namespace Hatcheck.TestKit;

/// <summary>Finds files of the repository from wherever the tests run.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>
    /// A folder beside the repository with other people's vectors; null where it is absent, and the test must then say so.
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

namespace Hatcheck.TestKit;

/// <summary>Finds PostgreSQL's programs on this machine, and the user to run them as.</summary>
internal static class PostgresBinaries
{
    public const string HowToGetThem =
        "PostgreSQL was not found. Install it (Debian, Ubuntu: apt-get install -y postgresql), "
        + "or set HATCHECK_TEST_PG_BIN to the folder that holds initdb and postgres, "
        + "or set HATCHECK_TEST_POSTGRES to the connection string of a superuser on a server that tests may use.";

    /// <summary>The folder with <c>initdb</c> and <c>postgres</c>: the variable, then Debian's newest, then PATH.</summary>
    public static string? Folder { get; } = Candidates().FirstOrDefault(Has);

    /// <summary>
    /// PostgreSQL refuses to run as root, so root runs it as <c>postgres</c> (or <c>nobody</c>); null for any other user.
    /// </summary>
    public static string? RunAs { get; } =
        Environment.UserName != "root" ? null
        : File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres"
        : "nobody";

    /// <summary>
    /// Returns the command line that runs a program as that user. setpriv replaces itself, so the process id is the program's.
    /// </summary>
    public static IReadOnlyList<string> CommandLine(string program, params IEnumerable<string> arguments)
    {
        var folder = Folder ?? throw new InvalidOperationException(HowToGetThem);
        string[] prefix = RunAs is null ? [] : ["setpriv", $"--reuid={RunAs}", $"--regid={GroupOf(RunAs)}", "--clear-groups"];
        return [.. prefix, Path.Combine(folder, program), .. arguments];
    }

    private static string GroupOf(string user) => user == "nobody" ? "nogroup" : user;

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("HATCHECK_TEST_PG_BIN") is { Length: > 0 } chosen)
            yield return chosen;
        if (Directory.Exists("/usr/lib/postgresql"))
        {
            var versions = Directory
                .GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0);
            foreach (var folder in versions)
                yield return Path.Combine(folder, "bin");
        }

        if (Command.Find("postgres") is { } found)
            yield return Path.GetDirectoryName(found)!;
    }

    private static bool Has(string folder) =>
        File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));
}

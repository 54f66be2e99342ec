namespace Hatcheck.TestKit;

/// <summary>
/// Finds the interpreters of other languages, whose code checks Hatcheck's output independently.
/// `./test` installs missing ones where it can; a test without its interpreter fails and names what to install.
/// </summary>
public static class Interpreters
{
    private static readonly Lazy<Task<string?>> pythonWithCryptography = new(() => FindPythonAsync("import cryptography.fernet"));
    private static readonly Lazy<Task<string?>> pythonWithDjango = new(() => FindPythonAsync("import django, psycopg2"));

    /// <summary>A python3 with only its standard library.</summary>
    public static string Python() =>
        DebianPython() ?? Command.Find("python3") ?? throw Missing("python3", "apt-get install -y python3");

    /// <summary>
    /// A python3 that can import <c>cryptography</c>; Debian's own comes first, since the speed targets name its version.
    /// </summary>
    public static async Task<string> PythonWithCryptographyAsync() =>
        await pythonWithCryptography.Value
        ?? throw Missing("python3 with its cryptography package", "apt-get install -y python3 python3-cryptography");

    /// <summary>A python3 that can import Django and psycopg2.</summary>
    public static async Task<string> PythonWithDjangoAsync() =>
        await pythonWithDjango.Value
        ?? throw Missing("python3 with Django and psycopg2", "apt-get install -y python3 python3-django python3-psycopg2");

    public static string Node() =>
        Command.Find("node") ?? throw Missing("node", "Node.js 20 or newer, https://nodejs.org/en/download");

    private static string? DebianPython() => File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : null;

    private static async Task<string?> FindPythonAsync(string imports)
    {
        foreach (var python in new[] { DebianPython(), Command.Find("python3") }.OfType<string>())
        {
            var answer = await Command.RunAsync(python, ["-c", imports]);
            if (answer.ExitCode == 0)
                return python;
        }

        return null;
    }

    private static InvalidOperationException Missing(string what, string how) =>
        new($"This test needs {what}. Install it: {how}");
}

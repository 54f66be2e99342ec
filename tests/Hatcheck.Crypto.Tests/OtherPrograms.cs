using System.Diagnostics;

namespace Hatcheck.Crypto.Tests;

/// <summary>
/// Runs Python and Node, which check this library from outside; without them, the test is skipped with a message.
/// </summary>
internal static class OtherPrograms
{
    private const string DebianPython = "/usr/bin/python3";

    public static string Python(params string[] arguments)
    {
        if (!File.Exists(DebianPython))
            Assert.Skip($"{DebianPython} is not installed: apt install python3 python3-cryptography");
        return Run(DebianPython, arguments);
    }

    public static string PythonWithCryptography(params string[] arguments)
    {
        if (!File.Exists(DebianPython) || Start(DebianPython, ["-c", "import cryptography"]).Code != 0)
            Assert.Skip("Python's cryptography is not installed: apt install python3-cryptography");
        return Run(DebianPython, arguments);
    }

    public static string Node(params string[] arguments)
    {
        var node = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Select(f => Path.Combine(f, "node"))
            .FirstOrDefault(File.Exists);
        if (node is null)
            Assert.Skip("Node is not installed: apt install nodejs");
        return Run(node, arguments);
    }

    public static string Run(string program, params string[] arguments)
    {
        var (code, output, error) = Start(program, arguments);
        code.ShouldBe(0, $"{program} {string.Join(' ', arguments)} failed:\n{error}\n{output}");
        return output;
    }

    private static (int Code, string Output, string Error) Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}

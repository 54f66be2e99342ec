using System.Text.RegularExpressions;
using Hatcheck.TestKit;

namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>
/// Follows docs/operations/moving-telegram-ids.md to the letter: writes its files, makes its changes, and runs its shell
/// blocks in one session. Blocks marked `text` are for people.
/// </summary>
internal sealed partial class Guide : IDisposable
{
    private readonly DjangoProject project;
    private readonly string shims = Directory.CreateTempSubdirectory("hatcheck-guide-").FullName;

    private Guide(DjangoProject project) => this.project = project;

    /// <summary>Output of the shell blocks.</summary>
    public string Printed { get; private set; } = "";

    public static async Task<Guide> OpenAsync(DjangoProject project)
    {
        var guide = new Guide(project);
        guide.Shim("hatcheck", "dotnet", RunningProgram.Hatcheck);
        guide.Shim("python3", await Interpreters.PythonWithDjangoAsync(), "-B");
        var session = project.Database.Environment.Append(
            new("PATH", $"{guide.shims}:{Environment.GetEnvironmentVariable("PATH")}")
        );
        File.WriteAllLines(guide.Session, session.Select(pair => $"export {pair.Key}='{pair.Value}'"));
        return guide;
    }

    private string Session => Path.Combine(shims, "session.sh");

    /// <summary>Follows one section; calls <paramref name="then"/> after each shell block.</summary>
    public async Task FollowAsync(string section, Func<string, Task>? then = null)
    {
        var text = File.ReadAllText(Repository.PathOf("docs", "operations", "moving-telegram-ids.md"));
        var chapter = text.Split("\n## ").Single(part => part.StartsWith(section, StringComparison.Ordinal));
        foreach (Match block in Block().Matches(chapter))
        {
            var (kind, path, body) = (block.Groups["kind"].Value, block.Groups["path"].Value, block.Groups["body"].Value);
            if (kind == "python")
                project.Write(path, body);
            if (kind == "diff")
                Change(path, body);
            if (kind != "sh")
                continue;
            await RunAsync(body);
            if (then is not null)
                await then(body);
        }
    }

    public void Dispose() => Directory.Delete(shims, recursive: true);

    private async Task RunAsync(string block)
    {
        var script = $"set -euo pipefail\n. '{Session}'\ncd '{project.Folder}'\n{block}\nexport -p > '{Session}'\n";
        var ended = await Command.RunAsync("bash", ["-c", script]);
        Printed += ended.Output + ended.Error;
        ended.ExitCode.ShouldBe(0, $"{block}\n---\n{ended.Output}{ended.Error}");
    }

    private void Change(string path, string change)
    {
        var lines = change.TrimEnd('\n').Split('\n');
        project.Replace(path, Side('-'), Side('+'));

        string Side(char side) => string.Join('\n', lines.Where(line => line[0] == side).Select(line => line[1..]));
    }

    private void Shim(string name, params string[] command)
    {
        var file = Path.Combine(shims, name);
        File.WriteAllText(file, $"#!/bin/sh\nexec {string.Join(' ', command)} \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    [GeneratedRegex(@"^```(?<kind>\w+) ?(?<path>[^\n]*)\n(?<body>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}

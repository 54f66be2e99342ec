using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Hatcheck.TestKit;

namespace Hatcheck.ServerKit.Cli;

/// <summary>
/// A data folder and real processes of <c>hatcheck</c> on it, as an operator starts them. Disposing it ends them all.
/// </summary>
public sealed class HatcheckProcess(string below = "") : IAsyncDisposable
{
    private static readonly string program = Path.Combine(AppContext.BaseDirectory, "hatcheck.dll");
    private readonly List<Process> servers = [];

    private readonly string root = Directory.CreateTempSubdirectory("hatcheck-cli-").FullName;

    public string Folder => Path.Combine(root, below);

    /// <summary>Settings of every process started from here, as environment variables.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>Runs a verb on the folder to its end.</summary>
    public async Task<CommandResult> RunAsync(params string[] arguments)
    {
        using var process = Start(["--data", Folder, .. arguments]);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, await output, await error);
    }

    /// <summary>Starts a server and waits for the line with its address.</summary>
    public async Task<ServerProcess> ServeAsync(params string[] arguments)
    {
        const string Said = "Hatcheck listens on ";
        var (process, first, error) = await BeginAsync(["serve", "--urls", "http://127.0.0.1:0", .. arguments]);
        if (first.StartsWith(Said, StringComparison.Ordinal))
            return new ServerProcess(process, new Uri(first[Said.Length..]), error);
        throw new InvalidOperationException($"The server's first line is {first}");
    }

    /// <summary>Starts a long-running verb, and waits for its first line.</summary>
    public async Task<(Process Process, string First, Func<string> Error)> BeginAsync(params string[] arguments)
    {
        var process = Start(["--data", Folder, .. arguments]);
        servers.Add(process);
        var error = new StringBuilder();
        process.ErrorDataReceived += (_, line) =>
        {
            lock (error)
                error.AppendLine(line.Data);
        };
        process.BeginErrorReadLine();
        if (await process.StandardOutput.ReadLineAsync() is not { } first)
        {
            await process.WaitForExitAsync();
            lock (error)
                throw new InvalidOperationException($"It ended with {process.ExitCode}.\n{error}");
        }

        return (process, first, Told);

        string Told()
        {
            lock (error)
                return error.ToString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers)
        {
            if (!server.HasExited)
                server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }

        Directory.Delete(root, recursive: true);
    }

    private Process Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = root,
        };
        foreach (var argument in (string[])[program, .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}

public sealed record ServerProcess(Process Process, Uri Address, Func<string> Error)
{
    public HttpClient Client(string? key = null)
    {
        var http = new HttpClient { BaseAddress = Address };
        if (key is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return http;
    }

    /// <summary>SIGKILL, like a crash.</summary>
    public async Task KillAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as an orchestrator sends it; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        (await Command.RunAsync("kill", ["-s", "TERM", $"{Process.Id}"])).Succeeded();
        await Process.WaitForExitAsync();
        return Process.ExitCode;
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hatcheck.TestKit;

namespace Hatcheck.EndToEnd.Tests;

/// <summary>
/// A program of this repository, run like by an operator in a separate process, with all its output recorded.
/// </summary>
internal sealed class RunningProgram : IAsyncDisposable
{
    private static readonly string Configuration = AppContext.BaseDirectory.Contains(
        $"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}",
        StringComparison.Ordinal
    )
        ? "Release"
        : "Debug";
    private readonly Process process;
    private readonly StringBuilder printed = new();
    private bool ended;

    private RunningProgram(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Printed
    {
        get
        {
            lock (printed)
                return printed.ToString();
        }
    }

    public static string Hatcheck => Repository.PathOf("src", "Hatcheck", "bin", Configuration, "net10.0", "hatcheck.dll");

    public static string MusicBot => Repository.PathOf("bots", "MusicBot", "bin", Configuration, "net10.0", "music-bot.dll");

    public static string PythonExample(string file) => Repository.PathOf("examples", "python-telegram-bot", file);

    public static RunningProgram Start(
        string program,
        string folder,
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(program.EndsWith(".py", StringComparison.Ordinal) ? Interpreters.Python() : "dotnet")
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new RunningProgram(Process.Start(start)!);
    }

    /// <summary>A port that is free now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>
    /// Waits until the address answers as expected; fails with the output if the program ends or a minute passes.
    /// </summary>
    public async Task UntilAnswersAsync(Uri address, HttpStatusCode wanted = HttpStatusCode.OK)
    {
        using var http = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            if (process.HasExited)
                throw new InvalidOperationException($"The program ended with {process.ExitCode}:\n{Printed}");
            try
            {
                using var answer = await http.GetAsync(address, limit.Token);
                if (answer.StatusCode == wanted)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            catch (OperationCanceledException late)
            {
                throw new InvalidOperationException($"{address} did not answer within a minute:\n{Printed}", late);
            }

            await Task.Delay(50, CancellationToken.None);
        }
    }

    /// <summary>Stops it, if it still runs; keeps <see cref="Printed"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (ended)
            return;
        ended = true;
        if (!process.HasExited)
        {
            // SIGTERM, like an operator, so that the programs close their files.
            await Command.RunAsync("kill", ["-TERM", process.Id.ToString()]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (printed)
            printed.AppendLine(line);
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Hatcheck.Platform;

namespace Hatcheck.Drill.Installation;

/// <summary>A verb's output and exit code.</summary>
internal sealed record VerbOutput(int Exit, string Output, string Error);

/// <summary>
/// The program itself, started like by an operator, in a separate environment: no setting of the machine's real
/// installation reaches it, and everything it writes by default (temporary files, caches, core dumps) lands in the
/// drill's folders.
/// </summary>
internal sealed class HatcheckChild(Workspace space, IReadOnlyDictionary<string, string> settings) : IAsyncDisposable
{
    private const int Terminate = 15;
    private const string Listens = "Hatcheck listens on ";
    private static readonly string[] Inherited =
    [
        "PATH",
        "LANG",
        "LC_ALL",
        "TZ",
        "LD_LIBRARY_PATH",
        "SystemRoot",
        "DOTNET_ROOT",
        "DOTNET_ROOT_X64",
        "DOTNET_ROOT_ARM64",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private Process? server;
    private Task streams = Task.CompletedTask;

    /// <summary>Starts <c>serve</c> and waits for its address.</summary>
    public async Task<Uri> ServeAsync(CancellationToken cancellation)
    {
        server = Start("serve", "--urls", "http://127.0.0.1:0", "--data", space.Data);
        server.StandardInput.Close();
        var told = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        streams = Task.WhenAll(KeepOutputAsync(server.StandardOutput, told), KeepErrorAsync(server.StandardError.BaseStream));
        try
        {
            return await told.Task.WaitAsync(Patience, cancellation);
        }
        catch (TimeoutException)
        {
            throw new OperatorException("The drill's server did not start within a minute.");
        }
    }

    /// <summary>Runs a verb to its end, with the server's settings.</summary>
    /// <exception cref="OperatorException">The verb failed.</exception>
    public async Task<VerbOutput> RunAsync(string? input, CancellationToken cancellation, params string[] arguments)
    {
        using var process = Start([.. arguments, "--data", space.Data]);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = process.StandardError.ReadToEndAsync(cancellation);
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellation);
            var result = new VerbOutput(process.ExitCode, await output, await error);
            return result.Exit == 0
                ? result
                : throw new OperatorException(
                    $"In the drill's own installation `hatcheck {arguments[0]}` failed: {result.Error.Trim()}"
                );
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>Asks the server to stop, so that it sends its remaining telemetry, and waits for it.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        if (server is null || server.HasExited)
            return;
        if (OperatingSystem.IsWindows())
            server.Kill();
        else
            _ = Kill(server.Id, Terminate);
        await server.WaitForExitAsync(cancellation).WaitAsync(Patience, cancellation);
        await streams;
    }

    public async ValueTask DisposeAsync()
    {
        if (server is null)
            return;
        if (!server.HasExited)
            server.Kill();
        await server.WaitForExitAsync();
        await streams;
        server.Dispose();
    }

    private Process Start(params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = space.Working,
        };
        // An executable, or a library that `dotnet` runs.
        var self = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "hatcheck.exe" : "hatcheck");
        var isSingle = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "hatcheck";
        start.FileName =
            isSingle ? Environment.ProcessPath!
            : File.Exists($"{self}.dll") ? "dotnet"
            : self;
        if (start.FileName == "dotnet")
            start.ArgumentList.Add($"{self}.dll");
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                start.Environment[name] = value;
        }

        (start.Environment["TMPDIR"], start.Environment["HOME"]) = (space.Temporary, space.Home);
        foreach (var (name, value) in settings)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return Process.Start(start) ?? throw new OperatorException("The drill could not start a process of its own program.");
    }

    private async Task KeepOutputAsync(StreamReader output, TaskCompletionSource<Uri> told)
    {
        await using var file = new StreamWriter(space.CapturedFile("stdout"), append: true);
        while (await output.ReadLineAsync() is { } line)
        {
            await file.WriteLineAsync(line);
            if (line.StartsWith(Listens, StringComparison.Ordinal))
                told.TrySetResult(new Uri(line[Listens.Length..]));
        }

        told.TrySetException(new OperatorException("The drill's server ended before it listened."));
    }

    private async Task KeepErrorAsync(Stream error)
    {
        await using var file = new FileStream(space.CapturedFile("stderr"), FileMode.Append);
        await error.CopyToAsync(file);
    }

    // .NET can end a process, but not ask it to stop.
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}

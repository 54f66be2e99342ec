using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Hatcheck.TestKit;

namespace Hatcheck.ServerKit.Faults;

/// <summary>A real <c>hatcheck serve</c>, which a test may kill as a power cut would.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    // The longest start on a busy machine.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly IReadOnlyDictionary<string, string?> settings;
    private readonly string[] arguments;
    private readonly StringBuilder said = new();
    private Process? process;

    /// <summary>Runs with these settings, and further arguments of <c>serve</c>, such as <c>--no-jobs</c>.</summary>
    public ServeProcess(IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        (this.settings, this.arguments) = (settings, arguments);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    public Uri Address { get; }

    /// <summary>Its output on standard error.</summary>
    public string Said
    {
        get
        {
            lock (said)
                return said.ToString();
        }
    }

    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Starts or restarts it, on the same address.</summary>
    public void Begin()
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Command.Find("dotnet") ?? "dotnet"
        )
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        // The long forms in bench/ name a server as releases are built.
        start.ArgumentList.Add(
            Environment.GetEnvironmentVariable("HATCHECK_DLL") ?? Path.Combine(AppContext.BaseDirectory, "hatcheck.dll")
        );
        foreach (var argument in (string[])["serve", .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in settings)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["Urls"] = Address.ToString();
        var started = Process.Start(start)!;
        void Note(string? line)
        {
            lock (said)
                said.Append(line).Append('\n');
        }

        started.ErrorDataReceived += (_, line) => Note(line.Data);
        started.OutputDataReceived += (_, line) => Note(line.Data);
        started.BeginErrorReadLine();
        started.BeginOutputReadLine();
        process = started;
    }

    /// <summary>Waits until it is ready to serve.</summary>
    public async Task ReadyAsync()
    {
        using var http = Client();
        for (var wait = Stopwatch.StartNew(); ; await Task.Delay(30))
        {
            try
            {
                using var response = await http.GetAsync("/health/ready");
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (process is { HasExited: false } && wait.Elapsed < Longest)
            {
                continue;
            }

            if (process!.HasExited || wait.Elapsed > Longest)
                throw new InvalidOperationException($"hatcheck serve is not ready.\n{Said}");
        }
    }

    public async Task StartAsync()
    {
        Begin();
        await ReadyAsync();
    }

    /// <summary>SIGSTOP: the process sleeps without noticing.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (process is not { } running)
            return;
        process = null;
        running.Kill();
        await running.WaitForExitAsync();
        running.Dispose();
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task SignalAsync(string signal) =>
        (await Command.RunAsync("kill", ["-s", signal, $"{process!.Id}"])).Succeeded();
}

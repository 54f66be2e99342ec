using System.Diagnostics;
using System.Text;

namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>`hatcheck ids …` as a separate process, which a test may kill like a power cut.</summary>
internal sealed class IdsProcess : IAsyncDisposable
{
    /// <summary>The owner's key, in the owner's own form: a text in TELEGRAM_ID_HMAC_KEY, used as its bytes.</summary>
    public const string Key = "canary key of alice_bp, 0123456789";

    private readonly StringBuilder printed = new();
    private readonly Process process;

    private IdsProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Standard output and standard error, in order.</summary>
    public string Printed
    {
        get
        {
            lock (printed)
                return printed.ToString();
        }
    }

    public bool HasEnded => process.HasExited;

    public static IdsProcess Start(OwnersDatabase database, IEnumerable<string> arguments, string key = Key)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = Path.GetTempPath(),
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (IEnumerable<string>)[RunningProgram.Hatcheck, "ids", .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in database.Environment)
            start.Environment[name] = value;
        start.Environment["TELEGRAM_ID_HMAC_KEY"] = key;
        return new IdsProcess(Process.Start(start)!);
    }

    /// <summary>Waits for its end; returns the exit code.</summary>
    public async Task<int> EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException late)
        {
            throw new InvalidOperationException($"hatcheck ids did not end within two minutes:\n{Printed}", late);
        }

        return process.ExitCode;
    }

    /// <summary>Waits for its successful end; returns its output.</summary>
    public async Task<string> SucceedAsync()
    {
        await ShouldEndAsync(0);
        return Printed;
    }

    public async Task ShouldEndAsync(int code)
    {
        var ended = await EndAsync();
        ended.ShouldBe(code, Printed);
    }

    /// <summary>Sends SIGKILL; false if it had already ended.</summary>
    public async Task<bool> KillAsync()
    {
        if (process.HasExited)
            return false;
        process.Kill();
        await process.WaitForExitAsync();
        return process.ExitCode == 137;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (printed)
            printed.AppendLine(line);
    }
}

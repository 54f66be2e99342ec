using System.Runtime.InteropServices;

namespace Hatcheck.Cli;

/// <summary>Waits for Ctrl+C or SIGTERM, for verbs that run until they are stopped.</summary>
internal static class StopSignal
{
    public static async Task WaitAsync(CancellationToken cancellation)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await stopped.Task.WaitAsync(cancellation);

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopped.TrySetResult();
        }
    }
}

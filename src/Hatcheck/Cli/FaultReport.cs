using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Cli;

/// <summary>Reports a fault with its remedy, and chooses the exit code.</summary>
internal static class FaultReport
{
    public static async Task<int> WriteAsync(Exception fault, TextWriter error)
    {
        switch (fault)
        {
            case ConfigurationException configuration:
                await error.WriteLineAsync(
                    $"hatcheck: {configuration.Faults.Count} "
                        + $"{(configuration.Faults.Count == 1 ? "setting is" : "settings are")} wrong:"
                );
                foreach (var line in configuration.Faults)
                    await error.WriteLineAsync($"  {line}");
                await error.WriteLineAsync("Every setting is described in docs/operations/configuration.md.");
                return ExitCode.Configuration;
            case KeySourceException key:
                await error.WriteLineAsync($"hatcheck: {key.Message}");
                return ExitCode.Configuration;
            case NoInstallationException nowhere:
                await error.WriteLineAsync($"hatcheck: {nowhere.Message}");
                return ExitCode.Configuration;
            case OperatorException words:
                await error.WriteLineAsync($"hatcheck: {words.Message}");
                return ExitCode.Failed;
            case CannotOpenException:
                await error.WriteLineAsync(
                    "hatcheck: a sealed key could not be opened: it was sealed under another key-encryption key, or changed. "
                        + "`hatcheck doctor` compares them."
                );
                return ExitCode.Failed;
            case OperationCanceledException:
                await error.WriteLineAsync("hatcheck: stopped before it was done.");
                return ExitCode.Failed;
        }

        switch (StorageFaults.Classify(fault))
        {
            case StorageFault.NoSuchDatabase:
                await error.WriteLineAsync(
                    $"hatcheck: {StorageFaults.Cause(fault)}. Create it (createdb), then run deploy/postgres/roles.sql and "
                        + "`hatcheck migrate`."
                );
                return ExitCode.Database;
            case StorageFault.Unavailable or StorageFault.RolledBack:
                await error.WriteLineAsync($"hatcheck: the database does not answer: {StorageFaults.Cause(fault)}");
                await error.WriteLineAsync(
                    "Check that it runs and that Database:ConnectionString is right; `hatcheck doctor` looks closer."
                );
                return ExitCode.Database;
            case StorageFault.Full:
                await error.WriteLineAsync("hatcheck: the disk is full. Nothing was stored; make room and try again.");
                return ExitCode.Failed;
            default:
                // A framework's message may repeat its input; types and stack do not.
                await error.WriteLineAsync($"hatcheck: a fault of its own ({fault.GetType().Name}). Please report these lines:");
                await error.WriteLineAsync(fault.StackTrace);
                return ExitCode.Failed;
        }
    }
}

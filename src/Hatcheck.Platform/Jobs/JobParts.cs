using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Jobs;

/// <summary>Runs a job in parts, such as tenants; a failed part does not stop the others.</summary>
internal static class JobParts
{
    /// <summary>After so many consecutive parts that can't reach the database, it is down for the others too.</summary>
    private const int MostAway = 3;

    /// <summary>Runs every part, even after a failure; returns how much was done.</summary>
    /// <param name="parts">The parts, such as tenants.</param>
    /// <param name="work">Processes one part and returns its count.</param>
    /// <param name="failed">Reports a failed part, with a code.</param>
    /// <param name="cancellation">Cancels the run.</param>
    /// <exception cref="PartlyFailedException">At least one part failed.</exception>
    public static async Task<int> EachAsync<T>(
        IReadOnlyCollection<T> parts,
        Func<T, Task<int>> work,
        Action<T, string> failed,
        CancellationToken cancellation
    )
    {
        var (done, count, away) = (0, 0, 0);
        Exception? first = null;
        foreach (var part in parts)
        {
            try
            {
                done += await work(part);
                away = 0;
            }
            catch (Exception fault)
                when (fault is not (LeaseLostException or OperatorException) && !cancellation.IsCancellationRequested)
            {
                count++;
                first ??= fault;
                failed(part, CodeOf(fault));
                away = StorageFaults.Classify(fault) == StorageFault.Unavailable ? away + 1 : 0;
                if (away == MostAway)
                    break;
            }
        }

        return first is null ? done : throw new PartlyFailedException(done, count, parts.Count, first);
    }

    /// <summary>Returns a code, because messages may repeat a row's contents.</summary>
    public static string CodeOf(Exception fault) =>
        fault switch
        {
            PartlyFailedException partly => $"{CodeOf(partly.InnerException!)}, {partly.Failed} of {partly.Parts}",
            _ when StorageFaults.Classify(fault) is not StorageFault.None and var kind => $"database.{kind}".ToLowerInvariant(),
            _ => $"fault.{fault.GetType().Name}",
        };
}

/// <summary>A run that did as much as it could. It counts as failed, so that it is retried.</summary>
internal sealed class PartlyFailedException(int done, int failed, int parts, Exception first)
    : Exception("Some parts of a job failed.", first)
{
    /// <summary>How much was done, in the job's unit.</summary>
    public int Done => done;

    /// <summary>The number of failed parts.</summary>
    public int Failed => failed;

    /// <summary>The number of all parts.</summary>
    public int Parts => parts;
}

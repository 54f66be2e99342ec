using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Jobs;

/// <summary>Work of a job that has parts, such as tenants: one that fails keeps no other.</summary>
internal static class JobParts
{
    /// <summary>So many parts in a row that can't reach the database: it is away, for the others too.</summary>
    private const int MostAway = 3;

    /// <summary>Does every part, also after one that failed; how much was done.</summary>
    /// <param name="parts">Such as tenants.</param>
    /// <param name="work">Does one, and counts what it did.</param>
    /// <param name="failed">Tells of one that failed, with a code.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="PartlyFailedException">At least one failed.</exception>
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

    /// <summary>A code: messages may repeat what a row says.</summary>
    public static string CodeOf(Exception fault) =>
        fault switch
        {
            PartlyFailedException partly => $"{CodeOf(partly.InnerException!)}, {partly.Failed} of {partly.Parts}",
            _ when StorageFaults.Classify(fault) is not StorageFault.None and var kind => $"database.{kind}".ToLowerInvariant(),
            _ => $"fault.{fault.GetType().Name}",
        };
}

/// <summary>A run did what it could. It counts as failed, so that it is tried again.</summary>
internal sealed class PartlyFailedException(int done, int failed, int parts, Exception first)
    : Exception("Some parts of a job failed.", first)
{
    /// <summary>How much was done, as the job counts.</summary>
    public int Done => done;

    /// <summary>How many parts failed.</summary>
    public int Failed => failed;

    /// <summary>How many there were.</summary>
    public int Parts => parts;
}

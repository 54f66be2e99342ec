using System.Diagnostics;
using Hatcheck.ServerKit.Webhooks;

namespace Hatcheck.ServerKit;

/// <summary>Whether some work waits for another's.</summary>
internal static class LockWaits
{
    private const string Waiting =
        "select count(*) from pg_locks l join pg_stat_activity a on a.pid = l.pid "
        + "where not l.granted and a.datname = current_database()";

    /// <summary>
    /// True once it stands before a lock of PostgreSQL, false once it has ended. SQLite shows nobody who waits: there it has half
    /// a second to end, in which a busy machine may let pass what does not wait.
    /// </summary>
    public static async Task<bool> WaitsAsync(this TestedDatabase database, Task work)
    {
        if (database is not OnPostgres)
        {
            await Task.WhenAny(work, Task.Delay(500));
            return !work.IsCompleted;
        }

        for (var time = Stopwatch.StartNew(); !work.IsCompleted; await Task.Delay(20))
        {
            if (await database.NumberAsync(Waiting) > 0)
                return true;
            time.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(1), "it neither waits nor ends");
        }

        return false;
    }
}

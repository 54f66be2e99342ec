using System.Diagnostics;
using Hatcheck.ServerKit.Webhooks;

namespace Hatcheck.ServerKit;

/// <summary>Detects that some work waits for a lock.</summary>
internal static class LockWaits
{
    private const string Waiting =
        "select count(*) from pg_locks l join pg_stat_activity a on a.pid = l.pid "
        + "where not l.granted and a.datname = current_database()";

    /// <summary>
    /// True once the work waits for a lock of PostgreSQL, false once it has ended. SQLite does not show waits: there it
    /// gets half a second to end, so a busy machine may report a wait falsely.
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

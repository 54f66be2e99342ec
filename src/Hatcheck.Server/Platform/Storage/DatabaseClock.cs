using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Platform.Storage;

/// <summary>
/// The clock that all nodes share: PostgreSQL's own. SQLite's file has one process, whose clock is the database's. Whatever expires among
/// nodes is written and compared by it.
/// </summary>
internal static class DatabaseClock
{
    /// <summary>
    /// A statement for this database: <c>{now}</c> is the clock, <c>{least}</c> the smaller of two. Its first parameter is the node's time
    /// (<see cref="Storage.Instants.Now"/>), which only SQLite looks at.
    /// </summary>
    public static string Statement(IEngine engine, string text) => engine.InstantsAreNumbers
        ? text.Replace("{now}", "$1", StringComparison.Ordinal).Replace("{least}", "min", StringComparison.Ordinal)
        : text.Replace("{now}", "statement_timestamp()", StringComparison.Ordinal).Replace("{least}", "least", StringComparison.Ordinal);

    /// <summary>The clock, inside a transaction: after the locks that it has taken.</summary>
    public static async Task<DateTimeOffset> NowAsync(HatcheckDb db, TimeProvider time, CancellationToken cancellation) =>
        db.Database.IsNpgsql() ? await db.Database.SqlQuery<DateTimeOffset>($"select clock_timestamp() as \"Value\"").SingleAsync(cancellation) : time.Now();
}

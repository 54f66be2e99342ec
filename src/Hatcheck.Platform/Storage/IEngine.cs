using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// The differences between SQLite and PostgreSQL. Statements are written in <see cref="SqlText"/>. Pass instants, spans,
/// ids and lists of texts unchanged: the engine binds them in the database's form.
/// </summary>
internal interface IEngine : IAsyncDisposable
{
    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    string Name { get; }

    /// <summary>The number of nodes that share this database, given the configured number.</summary>
    int Nodes(int configured);

    /// <summary>
    /// True where no one else administers the database: the server creates the schema and the first tenant at start-up.
    /// </summary>
    bool IsMadeAtStart { get; }

    /// <summary>
    /// The path at which the first start will create the database; null if it exists or another party creates it.
    /// </summary>
    string? NotMadeYet { get; }

    EngineAdvice Advice { get; }

    /// <summary>Refuses to start if this node's role could see more than one tenant.</summary>
    /// <exception cref="OperatorException">The role has too many rights; the message says which, and what to do.</exception>
    Task CheckRoleAsync(CancellationToken cancellation);

    /// <summary>Examines roles and row-level security for <c>doctor</c>; empty where there are none.</summary>
    Task<List<EngineFinding>> ExamineAsync(CancellationToken cancellation);

    /// <summary>Configures a context for this database.</summary>
    void Configure(DbContextOptionsBuilder options);

    /// <summary>Runs one statement that sees only the tenant's rows, in one round trip, and reads all its rows.</summary>
    Task<List<T>> QueryAsync<T>(Guid tenant, string sql, object[] parameters, Func<Row, T> read, CancellationToken cancellation);

    /// <summary>
    /// Same, with another read in the same round trip where that saves one. SQLite has none to save and skips it.
    /// </summary>
    Task<List<T>> QueryAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        ReadAhead ahead,
        CancellationToken cancellation
    ) => QueryAsync(tenant, sql, parameters, read, cancellation);

    /// <summary>
    /// Runs statements as one transaction that sees only the tenant's rows, in one round trip; returns the number of rows
    /// changed by each.
    /// </summary>
    Task<int[]> ExecuteAsync(
        Guid tenant,
        IReadOnlyList<(string Sql, object?[] Parameters)> statements,
        CancellationToken cancellation
    );

    /// <summary>
    /// Leases rows by one statement that sees only the tenant's rows, in one round trip. Never repeated: a claim whose
    /// response was lost ends with its lease. PostgreSQL reads by index, in index order, and avoids sorting: statistics of
    /// a mostly empty table are out of date, and make every index look equally good.
    /// </summary>
    Task<List<T>> ClaimAsync<T>(Guid tenant, string sql, object[] parameters, Func<Row, T> read, CancellationToken cancellation);

    /// <summary>Waits for the write lock: SQLite has one writer; PostgreSQL needs no lock.</summary>
    ValueTask<IDisposable?> EnterWriterAsync(CancellationToken cancellation);

    /// <summary>The most rows that a background transaction takes, since requests on SQLite wait for it.</summary>
    int LargestBatch { get; }

    /// <summary>Creates a command on a connection of this database.</summary>
    DbCommand Command(DbConnection connection, string sql, object?[] parameters);

    /// <summary>
    /// The statement that keeps others from writing a table until the transaction ends; null where there can be no other
    /// writer.
    /// </summary>
    string? LockTable(string table);

    /// <summary>The statement that limits a transaction's idle time; null where only this process can hold one.</summary>
    string? EndIfIdle(TimeSpan idle);

    /// <summary>Lifts the statement time-out of requests for the rest of a transaction.</summary>
    Task LiftTimeoutAsync(HatcheckDb db, CancellationToken cancellation);

    /// <summary>True where EF Core's reads need a transaction to be bound to their tenant.</summary>
    bool ReadsInTransactions { get; }

    /// <summary>Binds an open transaction to a tenant, and sets the context's <see cref="HatcheckDb.Now"/>.</summary>
    Task BindAsync(HatcheckDb db, CancellationToken cancellation);

    /// <summary>Whether this node's settings allow access across tenants.</summary>
    bool SeesEveryTenant { get; }

    /// <summary>
    /// Runs a context's <see cref="HatcheckDb.AtCommit"/> statements and commits. PostgreSQL takes one round trip for both.
    /// </summary>
    /// <returns>The number of rows that those statements changed.</returns>
    async Task<int> CommitAsync(HatcheckDb db, IDbContextTransaction transaction, CancellationToken cancellation)
    {
        var changed = 0;
        foreach (var (sql, parameters) in db.AtCommit)
            changed += await db.Statements.ExecuteAsync(sql, parameters, cancellation);
        await transaction.CommitAsync(cancellation);
        return changed;
    }

    /// <summary>Opens a connection that sees every tenant: for the CLI and housekeeping, never for a request.</summary>
    Task<DbConnection> OpenAcrossTenantsAsync(CancellationToken cancellation);

    /// <summary>Opens a connection that can change the schema.</summary>
    Task<DbConnection> OpenOwnerAsync(CancellationToken cancellation);

    /// <summary>Begins a migration's transaction and takes its lock.</summary>
    Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellation);

    /// <summary>
    /// Marks, in the erasing transaction, that a compaction is due. The mark survives a crash of this process.
    /// </summary>
    Task OweCompactionAsync(HatcheckDb db, CancellationToken cancellation);

    /// <summary>
    /// After an erasure: makes the deleted bytes unreadable in the files, where the database can do that at once.
    /// </summary>
    Task ScrubAsync(Compaction compaction, CancellationToken cancellation);

    /// <summary>Runs the compaction that earlier scrubs deferred, if any.</summary>
    Task CompactAsync(CancellationToken cancellation);
}

/// <summary>
/// When to rewrite SQLite's file. SQLite overwrites deleted rows, but not copies left behind when rows moved between pages;
/// only rewriting the whole file removes those.
/// </summary>
internal enum Compaction
{
    /// <summary>With the next purge: many erasures, one compaction.</summary>
    Later,

    /// <summary>Now if it takes only a moment, else with the next purge.</summary>
    IfSmall,

    /// <summary>Now, however long writers wait.</summary>
    Now,
}

/// <summary>Advice for the operator where the database is at fault.</summary>
/// <param name="Migrate">The schema is older than this build.</param>
/// <param name="Reach">The database does not answer.</param>
internal sealed record EngineAdvice(string Migrate, string Reach);

/// <summary>One finding of an examination.</summary>
/// <param name="Text">The finding.</param>
/// <param name="Advice">What to do; null where all is well.</param>
/// <param name="IsFault">False with advice: a warning.</param>
/// <param name="Cause">The exception, reported to the operator in plain words.</param>
internal sealed record EngineFinding(string Text, string? Advice = null, bool IsFault = false, Exception? Cause = null);

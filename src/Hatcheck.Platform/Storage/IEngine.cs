using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Hatcheck.Platform.Storage;

/// <summary>What differs between SQLite and PostgreSQL. Statements are written in <see cref="SqlText"/>; instants, spans, ids
/// and lists of texts
/// are given as they are, and bound as the database keeps them.</summary>
internal interface IEngine : IAsyncDisposable
{
    /// <summary><c>sqlite</c> or <c>postgres</c>.</summary>
    string Name { get; }

    /// <summary>How many nodes share this database, of so many that the settings name.</summary>
    int Nodes(int configured);

    /// <summary>True where no one else administers the database: the start makes schema and first tenant.</summary>
    bool IsMadeAtStart { get; }

    /// <summary>Where the first start will make the database; null if it is there, or not for this process to make.</summary>
    string? NotMadeYet { get; }

    EngineAdvice Advice { get; }

    /// <summary>Ends the start if the role of this node could see more than one tenant.</summary>
    /// <exception cref="OperatorException">What the role may do too much, and what to do.</exception>
    Task CheckRoleAsync(CancellationToken cancellation);

    /// <summary>What <c>doctor</c> wants to know of roles and row-level security; nothing where there are none.</summary>
    Task<List<EngineFinding>> ExamineAsync(CancellationToken cancellation);

    /// <summary>Points a context at this database.</summary>
    void Configure(DbContextOptionsBuilder options);

    /// <summary>Runs one statement that sees only the tenant's rows, in one round trip, and reads every row it gives.</summary>
    Task<List<T>> QueryAsync<T>(Guid tenant, string sql, object[] parameters, Func<Row, T> read, CancellationToken cancellation);

    /// <summary>
    /// The same, and another read along with it where that saves a round trip; SQLite has none to save and leaves it.
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
    /// Runs statements as one transaction that sees only the tenant's rows, in one round trip; gives the number of rows
    /// changed by each.
    /// </summary>
    Task<int[]> ExecuteAsync(
        Guid tenant,
        IReadOnlyList<(string Sql, object?[] Parameters)> statements,
        CancellationToken cancellation
    );

    /// <summary>
    /// Leases rows by one statement that sees only the tenant's, in one round trip. It is never repeated: a claim whose
    /// answer was lost ends with its lease. PostgreSQL reads by index, in its order, and sorts nothing where it can: a table
    /// that is mostly empty has statistics of another hour, by which every index looks as good as any.
    /// </summary>
    Task<List<T>> ClaimAsync<T>(Guid tenant, string sql, object[] parameters, Func<Row, T> read, CancellationToken cancellation);

    /// <summary>Waits for the right to write: SQLite has one writer; PostgreSQL needs no such thing.</summary>
    ValueTask<IDisposable?> EnterWriterAsync(CancellationToken cancellation);

    /// <summary>How many rows a transaction in the background takes at most: SQLite's requests wait for it.</summary>
    int LargestBatch { get; }

    /// <summary>A statement over a connection of this database.</summary>
    DbCommand Command(DbConnection connection, string sql, object?[] parameters);

    /// <summary>
    /// What keeps others from writing a table until the transaction ends; null where nobody else can be writing.
    /// </summary>
    string? LockTable(string table);

    /// <summary>
    /// What ends a transaction whose client says nothing for so long; null where that can only be this process.
    /// </summary>
    string? EndIfIdle(TimeSpan idle);

    /// <summary>Lifts the bound of a request's statements for the rest of a transaction.</summary>
    Task LiftTimeoutAsync(HatcheckDb db, CancellationToken cancellation);

    /// <summary>True where what EF Core reads needs a transaction to be bound to its tenant.</summary>
    bool ReadsInTransactions { get; }

    /// <summary>Binds an open transaction to a tenant, and tells the context the database's clock.</summary>
    Task BindAsync(HatcheckDb db, CancellationToken cancellation);

    /// <summary>Whether the settings let this node see every tenant.</summary>
    bool SeesEveryTenant { get; }

    /// <summary>Runs what a context has for the commit, and commits. PostgreSQL takes one round trip for both.</summary>
    /// <returns>How many rows those statements changed.</returns>
    async Task<int> CommitAsync(HatcheckDb db, IDbContextTransaction transaction, CancellationToken cancellation)
    {
        var changed = 0;
        foreach (var (sql, parameters) in db.AtCommit)
            changed += await db.Statements.ExecuteAsync(sql, parameters, cancellation);
        await transaction.CommitAsync(cancellation);
        return changed;
    }

    /// <summary>A connection that sees every tenant: for the CLI and housekeeping, never for a request.</summary>
    Task<DbConnection> OpenAcrossTenantsAsync(CancellationToken cancellation);

    /// <summary>A connection that may change the schema.</summary>
    Task<DbConnection> OpenOwnerAsync(CancellationToken cancellation);

    /// <summary>Takes the lock under which a migration runs, inside its transaction.</summary>
    Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellation);

    /// <summary>
    /// In the transaction that erases: from its commit on a compaction is owed, whatever happens to this process.
    /// </summary>
    Task OweCompactionAsync(HatcheckDb db, CancellationToken cancellation);

    /// <summary>
    /// After an erasure: makes the deleted bytes unreadable in the files, where the database can do that at once.
    /// </summary>
    Task ScrubAsync(Compaction compaction, CancellationToken cancellation);

    /// <summary>Does the compaction that scrubs left to do; nothing if there is none.</summary>
    Task CompactAsync(CancellationToken cancellation);
}

/// <summary>
/// When SQLite's file is written anew. It overwrites the rows that it deletes, but not the copies that it left behind when it
/// moved rows from page to page; those go with the whole file only.
/// </summary>
internal enum Compaction
{
    /// <summary>With the next round of the purge: many erasures, one compaction.</summary>
    Later,

    /// <summary>Now if that takes a moment only, else with the next round of the purge.</summary>
    IfSmall,

    /// <summary>Now, however long writers wait.</summary>
    Now,
}

/// <summary>What an operator does where something is wrong.</summary>
/// <param name="Migrate">The schema is older than this build.</param>
/// <param name="Reach">The database does not answer.</param>
internal sealed record EngineAdvice(string Migrate, string Reach);

/// <summary>One thing that was looked at.</summary>
/// <param name="Text">What was found.</param>
/// <param name="Advice">What to do; null where all is well.</param>
/// <param name="IsFault">False with an advice: a warning.</param>
/// <param name="Cause">What was thrown, to be told in the operator's words.</param>
internal sealed record EngineFinding(string Text, string? Advice = null, bool IsFault = false, Exception? Cause = null);

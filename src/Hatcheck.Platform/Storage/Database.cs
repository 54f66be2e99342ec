using Hatcheck.Platform.Queues;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// The way to the data, one tenant at a time. Hot reads are raw statements in one round trip; the rest goes through EF Core in a
/// transaction bound to the tenant.
/// </summary>
internal sealed partial class Database(IEngine engine, IDbContextFactory<HatcheckDb> contexts, ILogger<Database> logger)
{
    private const int Attempts = 3;

    /// <summary>Of so many requests that change the same at once, one at least succeeds in each attempt.</summary>
    private const int Repeats = 50;

    private static readonly TimeSpan longestPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Called with the tenant after a commit in which <see cref="HatcheckDb.AtCommit"/> changed rows.</summary>
    public Action<Guid>? Followed { get; set; }

    public string Engine => engine.Name;

    /// <summary>Calls <see cref="Followed"/> for who stored the same in a batch of their own.</summary>
    public void Follow(Guid tenant) => Followed?.Invoke(tenant);

    /// <summary>
    /// One statement, one round trip, the tenant's rows. Repeated when a pooled connection turns out to be broken: reading
    /// twice harms nobody.
    /// </summary>
    public Task<List<T>> QueryAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        CancellationToken cancellation
    ) => QueryAsync(tenant, sql, parameters, read, null, cancellation);

    /// <summary>The same, with a read for later along with it if there is one and the engine gains by it.</summary>
    public async Task<List<T>> QueryAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        ReadAhead? ahead,
        CancellationToken cancellation
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await (
                    ahead is null
                        ? engine.QueryAsync(tenant, sql, parameters, read, cancellation)
                        : engine.QueryAsync(tenant, sql, parameters, read, ahead, cancellation)
                );
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.IsBrokenConnection(fault))
            {
                // The pool handed out a connection that died with the server; the next one is fresh or fails for good.
            }
        }
    }

    /// <summary>Statements as one transaction in one round trip; the rows changed by each.</summary>
    public Task<int[]> ExecuteAsync(
        Guid tenant,
        IReadOnlyList<(string Sql, object?[] Parameters)> statements,
        CancellationToken cancellation
    ) => engine.ExecuteAsync(tenant, statements, cancellation);

    /// <summary>Reads through EF Core, the tenant's rows only. Repeated as a query is.</summary>
    public async Task<T> ReadAsync<T>(
        Guid tenant,
        Func<HatcheckDb, CancellationToken, Task<T>> read,
        CancellationToken cancellation
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunAsync(tenant, writes: false, read, cancellation);
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.IsBrokenConnection(fault))
            {
                // As above.
            }
        }
    }

    /// <summary>
    /// Changes the tenant's rows; all or nothing, and nothing where the result is an <see cref="Outcome"/> that was refused.
    /// Run again only when the database itself rolled it back. A connection lost at the commit is not: the caller gets 503 and
    /// repeats with its Idempotency-Key.
    /// </summary>
    public async Task<T> WriteAsync<T>(
        Guid tenant,
        Func<HatcheckDb, CancellationToken, Task<T>> write,
        CancellationToken cancellation
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunAsync(tenant, writes: true, write, cancellation);
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.Classify(fault) == StorageFault.RolledBack)
            {
                // Rolled back as a whole: nothing of it happened.
            }
        }
    }

    /// <summary>
    /// Repeats an attempt that met another request: on a duplicate, on a roll-back, and on <see cref="Refusal.Busy"/>. The last
    /// one is refused as busy. Pauses by chance keep those who met from meeting again: in all less than a second.
    /// </summary>
    public async Task<Outcome<T>> RepeatAsync<T>(Func<Task<Outcome<T>>> attempt, CancellationToken cancellation)
    {
        for (var number = 1; number <= Repeats; number++)
        {
            await Task.Delay(PauseBefore(number), cancellation);
            try
            {
                var outcome = await attempt();
                if (outcome.Refusal is not Refusal.Busy)
                    return outcome;
            }
            catch (Exception fault) when (StorageFaults.Classify(fault) is StorageFault.Duplicate or StorageFault.RolledBack)
            {
                // Nothing was stored: the next attempt finds what the other request made.
            }
        }

        GaveUp(Repeats);
        return new Refusal.Busy();
    }

    /// <summary>None before the second attempt, which finds what the other request made; then by chance, up to 20 ms.</summary>
    internal static TimeSpan PauseBefore(int attempt)
    {
        if (attempt <= 2)
            return TimeSpan.Zero;
        var most = TimeSpan.FromMilliseconds(attempt);
        return Backoff.Less(most < longestPause ? most : longestPause, 1);
    }

    /// <summary>
    /// Reads rows of every tenant, for verbs and housekeeping, never for a request. On PostgreSQL as the maintenance role;
    /// <see cref="Statements.TakeTheirTime"/> lifts the time-out.
    /// </summary>
    /// <exception cref="OperatorException">This node has no maintenance role.</exception>
    public async Task<T> AcrossTenantsAsync<T>(Func<Statements, CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        await using var connection = await engine.OpenAcrossTenantsAsync(cancellation);
        return await work(new Statements(engine, connection, null), cancellation);
    }

    /// <summary>The same with one statement.</summary>
    public Task<List<T>> AcrossTenantsAsync<T>(
        string sql,
        object?[] parameters,
        Func<Row, T> read,
        CancellationToken cancellation
    ) => AcrossTenantsAsync((all, stop) => all.QueryAsync(sql, parameters, read, stop), cancellation);

    /// <summary>Changes rows of any tenant, or of none, all or nothing.</summary>
    public async Task<T> WriteAcrossTenantsAsync<T>(
        Func<Statements, CancellationToken, Task<T>> work,
        CancellationToken cancellation
    )
    {
        using var turn = await engine.EnterWriterAsync(cancellation);
        await using var connection = await engine.OpenAcrossTenantsAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var result = await work(new Statements(engine, connection, transaction), cancellation);
        await transaction.CommitAsync(cancellation);
        return result;
    }

    /// <summary>Makes deleted bytes unreadable where the database can; see <see cref="IEngine.ScrubAsync"/>.</summary>
    public Task ScrubAsync(Compaction compaction, CancellationToken cancellation) => engine.ScrubAsync(compaction, cancellation);

    /// <summary>Does the compaction that scrubs left to do; see <see cref="IEngine.CompactAsync"/>.</summary>
    public Task CompactAsync(CancellationToken cancellation) => engine.CompactAsync(cancellation);

    private async Task<T> RunAsync<T>(
        Guid tenant,
        bool writes,
        Func<HatcheckDb, CancellationToken, Task<T>> work,
        CancellationToken cancellation
    )
    {
        using var turn = writes ? await engine.EnterWriterAsync(cancellation) : null;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        (db.Tenant, db.Engine) = (tenant, engine);
        // Contexts are pooled.
        db.AtCommit.Clear();
        await using var transaction =
            writes || engine.ReadsInTransactions ? await db.Database.BeginTransactionAsync(cancellation) : null;
        await engine.BindAsync(db, cancellation);
        var result = await work(db, cancellation);
        // A refusal leaves the transaction without a commit, which rolls it back.
        if (transaction is not null && result is not Outcome { Refusal: not null })
        {
            if (writes)
                await db.SaveChangesAsync(cancellation);
            if (await engine.CommitAsync(db, transaction, cancellation) > 0)
                Follow(tenant);
        }

        return result;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A change met other requests in all of {Attempts} attempts, and was refused as busy. Nothing was stored."
    )]
    private partial void GaveUp(int attempts);
}

internal static class DatabaseRegistration
{
    public static IServiceCollection AddHatcheckDatabase(this IServiceCollection services, IConfiguration configuration)
    {
        if (DatabaseOptions.Chosen(configuration) == "postgres")
            services.AddSingleton<IEngine, PostgresEngine>();
        else
            services.AddSingleton<IEngine, SqliteEngine>();
        services.AddSingleton<IDbContextFactory<HatcheckDb>>(provider =>
        {
            var options = new DbContextOptionsBuilder<HatcheckDb>();
            provider.GetRequiredService<IEngine>().Configure(options);
            ((IDbContextOptionsBuilderInfrastructure)options).AddOrUpdateExtension(
                provider.GetRequiredService<CapabilityAssemblies>()
            );
            return new PooledDbContextFactory<HatcheckDb>(options.Options);
        });
        services.AddSingleton<Database>();
        services.AddSingleton<NodeClock>();
        services.AddSingleton<Migrator>();
        return services;
    }
}

using Hatcheck.Platform.Queues;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// Access to the data, one tenant at a time. Hot reads are raw statements in one round trip; everything else goes through
/// EF Core in a transaction bound to the tenant.
/// </summary>
internal sealed partial class Database(IEngine engine, IDbContextFactory<HatcheckDb> contexts, ILogger<Database> logger)
{
    private const int Attempts = 3;

    /// <summary>However many requests change the same row at once, at least one succeeds in each attempt.</summary>
    private const int Repeats = 50;

    private static readonly TimeSpan longestPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Called with the tenant after a commit in which <see cref="HatcheckDb.AtCommit"/> changed rows.</summary>
    public Action<Guid>? Followed { get; set; }

    public string Engine => engine.Name;

    /// <summary>Calls <see cref="Followed"/> after a caller stored such rows in a batch of its own.</summary>
    public void Follow(Guid tenant) => Followed?.Invoke(tenant);

    /// <summary>
    /// One statement, one round trip, the tenant's rows only. Repeated when a pooled connection is broken: reading twice is
    /// harmless.
    /// </summary>
    public Task<List<T>> QueryAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        CancellationToken cancellation
    ) => QueryAsync(tenant, sql, parameters, read, null, cancellation);

    /// <summary>Same, with a read for later in the same round trip, if there is one and the engine gains by it.</summary>
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
                // The pooled connection died with the server; the next one is new or fails for good.
            }
        }
    }

    /// <summary>Runs statements as one transaction in one round trip; returns the number of rows changed by each.</summary>
    public Task<int[]> ExecuteAsync(
        Guid tenant,
        IReadOnlyList<(string Sql, object?[] Parameters)> statements,
        CancellationToken cancellation
    ) => engine.ExecuteAsync(tenant, statements, cancellation);

    /// <summary>Reads through EF Core, the tenant's rows only. Repeated like a query.</summary>
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
    /// Changes the tenant's rows, all or nothing; stores nothing if the result is a refused <see cref="Outcome"/>. Repeated
    /// only if the database rolled it back. Not repeated after a connection lost at commit: the caller gets 503 and repeats
    /// with its Idempotency-Key.
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
                // Rolled back as a whole: nothing was stored.
            }
        }
    }

    /// <summary>
    /// Repeats an attempt that collided with another request: on a duplicate, a roll-back, or <see cref="Refusal.Busy"/>.
    /// Refuses as busy after the last one. Random pauses, in all less than a second, keep the same requests from colliding
    /// again.
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
                // Nothing was stored: the next attempt finds the other request's rows.
            }
        }

        GaveUp(Repeats);
        return new Refusal.Busy();
    }

    /// <summary>None before the second attempt, which finds the other request's rows; then random, up to 20 ms.</summary>
    internal static TimeSpan PauseBefore(int attempt)
    {
        if (attempt <= 2)
            return TimeSpan.Zero;
        var most = TimeSpan.FromMilliseconds(attempt);
        return Backoff.Less(most < longestPause ? most : longestPause, 1);
    }

    /// <summary>
    /// Reads rows of every tenant, for CLI verbs and housekeeping, never for a request. On PostgreSQL it uses the
    /// maintenance role; <see cref="Statements.NoTimeout"/> lifts the time-out.
    /// </summary>
    /// <exception cref="OperatorException">This node has no maintenance role.</exception>
    public async Task<T> AcrossTenantsAsync<T>(Func<Statements, CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        await using var connection = await engine.OpenAcrossTenantsAsync(cancellation);
        return await work(new Statements(engine, connection, null), cancellation);
    }

    /// <summary>Same, with one statement.</summary>
    public Task<List<T>> AcrossTenantsAsync<T>(
        string sql,
        object?[] parameters,
        Func<Row, T> read,
        CancellationToken cancellation
    ) => AcrossTenantsAsync((all, stop) => all.QueryAsync(sql, parameters, read, stop), cancellation);

    /// <summary>Changes rows of any tenant, or of none; all or nothing.</summary>
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

    /// <summary>Runs the compaction that earlier scrubs deferred; see <see cref="IEngine.CompactAsync"/>.</summary>
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
        // A refusal leaves the transaction uncommitted, which rolls it back.
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
        Message = "A change collided with other requests in all {Attempts} attempts, and was refused as busy. Nothing "
            + "was stored."
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

using System.Data.Common;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.ServerKit.Limits;

/// <summary>Counts the statements that pass through.</summary>
internal sealed class CountingEngine(IEngine inner) : IEngine
{
    private int queries;

    public int Queries => queries;

    /// <summary>Runs before each batch of statements; does nothing by default.</summary>
    public Func<Task> BeforeBatch { get; init; } = () => Task.CompletedTask;

    /// <summary>Runs between a query with this text and its answer; does nothing by default.</summary>
    public Func<string, Task> BeforeAnswer { get; init; } = _ => Task.CompletedTask;

    public string Name => inner.Name;

    public int Nodes(int configured) => inner.Nodes(configured);

    public int LargestBatch => inner.LargestBatch;

    public bool IsMadeAtStart => inner.IsMadeAtStart;

    public string? NotMadeYet => inner.NotMadeYet;

    public EngineAdvice Advice => inner.Advice;

    public bool ReadsInTransactions => inner.ReadsInTransactions;

    public Task CheckRoleAsync(CancellationToken cancellation) => inner.CheckRoleAsync(cancellation);

    public Task<List<EngineFinding>> ExamineAsync(CancellationToken cancellation) => inner.ExamineAsync(cancellation);

    public void Configure(DbContextOptionsBuilder options) => inner.Configure(options);

    public async Task<List<T>> QueryAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        CancellationToken cancellation
    )
    {
        Interlocked.Increment(ref queries);
        var answer = await inner.QueryAsync(tenant, sql, parameters, read, cancellation);
        await BeforeAnswer(sql);
        return answer;
    }

    public async Task<List<T>> ClaimAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        CancellationToken cancellation
    )
    {
        Interlocked.Increment(ref queries);
        var answer = await inner.ClaimAsync(tenant, sql, parameters, read, cancellation);
        await BeforeAnswer(sql);
        return answer;
    }

    public async Task<int[]> ExecuteAsync(
        Guid tenant,
        IReadOnlyList<(string Sql, object?[] Parameters)> statements,
        CancellationToken cancellation
    )
    {
        Interlocked.Increment(ref queries);
        await BeforeBatch();
        return await inner.ExecuteAsync(tenant, statements, cancellation);
    }

    public ValueTask<IDisposable?> EnterWriterAsync(CancellationToken cancellation) => inner.EnterWriterAsync(cancellation);

    public DbCommand Command(DbConnection connection, string sql, object?[] parameters) =>
        inner.Command(connection, sql, parameters);

    public string? LockTable(string table) => inner.LockTable(table);

    public Task LiftTimeoutAsync(HatcheckDb db, CancellationToken cancellation) => inner.LiftTimeoutAsync(db, cancellation);

    public Task BindAsync(HatcheckDb db, CancellationToken cancellation) => inner.BindAsync(db, cancellation);

    public Task<DbConnection> OpenAcrossTenantsAsync(CancellationToken cancellation) =>
        inner.OpenAcrossTenantsAsync(cancellation);

    public bool SeesEveryTenant => inner.SeesEveryTenant;

    public string? EndIfIdle(TimeSpan idle) => inner.EndIfIdle(idle);

    public Task<DbConnection> OpenOwnerAsync(CancellationToken cancellation) => inner.OpenOwnerAsync(cancellation);

    public Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellation) =>
        inner.BeginMigrationAsync(connection, cancellation);

    public Task ScrubAsync(Compaction compaction, CancellationToken cancellation) => inner.ScrubAsync(compaction, cancellation);

    public Task OweCompactionAsync(HatcheckDb db, CancellationToken cancellation) => inner.OweCompactionAsync(db, cancellation);

    public Task CompactAsync(CancellationToken cancellation) => inner.CompactAsync(cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

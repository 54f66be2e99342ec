using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// PostgreSQL through pooled, auto-prepared connections. The tenant is set in the same batch as the statement. A batch
/// outside a transaction is one implicit transaction, at whose end <c>set_config(…, true)</c> is reset, so it never stays
/// on a pooled connection. <see cref="DatabaseOptions.TenantBinding"/> can choose an explicit transaction with <c>set
/// local</c> instead, still in one round trip; the pool rolls back what an error leaves open.
/// </summary>
internal sealed class PostgresEngine(IOptions<DatabaseOptions> options) : IEngine
{
    private const string SetTenant = "select set_config('app.tenant', $1, true)";

    // Off for a claim, which reads only by index, in index order.
    private static readonly string[] planned =
    [
        "enable_sort",
        "enable_incremental_sort",
        "enable_seqscan",
        "enable_hashjoin",
        "enable_mergejoin",
    ];

    private static readonly string setByIndex =
        $"{SetTenant}, {string.Join(", ", planned.Select(way => $"set_config('{way}', 'off', true)"))}";

    private readonly DatabaseOptions options = options.Value;
    private readonly bool explicitly = options.Value.TenantBinding == "transaction";
    private readonly Lazy<NpgsqlDataSource> app = new(() => Source(options.Value, options.Value.ConnectionString!));

    public string Name => "postgres";

    public void Configure(DbContextOptionsBuilder builder) => builder.UseNpgsql(app.Value);

    public Task<List<T>> QueryAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        CancellationToken cancellation
    ) => ReadAsync(tenant, sql, parameters, read, null, cancellation);

    public Task<List<T>> ClaimAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        CancellationToken cancellation
    ) => ReadAsync(tenant, sql, parameters, read, null, cancellation, byIndex: true);

    public Task<List<T>> QueryAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        ReadAhead ahead,
        CancellationToken cancellation
    ) => ReadAsync(tenant, sql, parameters, read, ahead, cancellation);

    private async Task<List<T>> ReadAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        ReadAhead? ahead,
        CancellationToken cancellation,
        bool byIndex = false
    )
    {
        await using var batch = app.Value.CreateBatch();
        Begin(batch, tenant, byIndex);
        Add(batch, sql, parameters);
        if (ahead is not null)
            Add(batch, ahead.Sql, ahead.Parameters);
        End(batch);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        // Skips the result of set_config; `begin` and `set local` have none.
        if (!explicitly)
            await reader.NextResultAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(new Row(reader)));
        if (ahead is not null)
        {
            ahead.Begin();
            await reader.NextResultAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
                ahead.Take(new Row(reader));
        }

        // Read to the end of the transaction: only then is it committed.
        while (await reader.NextResultAsync(cancellation)) { }

        return rows;
    }

    public async Task<int[]> ExecuteAsync(
        Guid tenant,
        IReadOnlyList<(string Sql, object?[] Parameters)> statements,
        CancellationToken cancellation
    )
    {
        await using var batch = app.Value.CreateBatch();
        Begin(batch, tenant);
        var first = batch.BatchCommands.Count;
        foreach (var (sql, parameters) in statements)
            Add(batch, sql, parameters);
        End(batch);
        await batch.ExecuteNonQueryAsync(cancellation);
        var asked = batch.BatchCommands.Skip<NpgsqlBatchCommand>(first).Take(statements.Count);
        return [.. asked.Select(command => command.RecordsAffected)];
    }

    public ValueTask<IDisposable?> EnterWriterAsync(CancellationToken cancellation) => default;

    public int LargestBatch => 256;

    public DbCommand Command(DbConnection connection, string sql, object?[] parameters)
    {
        var command = new NpgsqlCommand(SqlText.Postgres.Resolve(sql).Text, (NpgsqlConnection)connection);
        foreach (var value in parameters)
            command.Parameters.Add(Parameter(value));
        return command;
    }

    public string LockTable(string table) => $"lock table {table} in share row exclusive mode";

    public string EndIfIdle(TimeSpan idle) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"set local idle_in_transaction_session_timeout = {(int)idle.TotalMilliseconds}"
        );

    public async Task LiftTimeoutAsync(HatcheckDb db, CancellationToken cancellation)
    {
        db.Database.SetCommandTimeout(0);
        await db.Database.ExecuteSqlAsync($"set local statement_timeout = 0", cancellation);
    }

    public bool ReadsInTransactions => true;

    public async Task BindAsync(HatcheckDb db, CancellationToken cancellation)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await using var batch = connection.CreateBatch();
        batch.Transaction = (NpgsqlTransaction)db.Database.CurrentTransaction!.GetDbTransaction();
        if (explicitly)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(SetLocal(db.Tenant)));
        Add(
            batch,
            explicitly ? "select {now} as clock" : "select {now} as clock, set_config('app.tenant', $1, true)",
            explicitly ? [] : [db.Tenant.ToString()]
        );
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        db.Now = new Row(reader).Instant("clock");
    }

    public async Task<int> CommitAsync(HatcheckDb db, IDbContextTransaction transaction, CancellationToken cancellation)
    {
        if (db.AtCommit.Count == 0)
        {
            await transaction.CommitAsync(cancellation);
            return 0;
        }

        await using var batch = ((NpgsqlConnection)db.Database.GetDbConnection()).CreateBatch();
        batch.Transaction = (NpgsqlTransaction)transaction.GetDbTransaction();
        foreach (var (sql, parameters) in db.AtCommit)
            Add(batch, sql, parameters);
        // After a failed statement, the server skips it: nothing is left to commit.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
        await batch.ExecuteNonQueryAsync(cancellation);
        return batch.BatchCommands.Take<NpgsqlBatchCommand>(db.AtCommit.Count).Sum(command => command.RecordsAffected);
    }

    public int Nodes(int configured) => configured;

    public bool IsMadeAtStart => false;

    public string? NotMadeYet => null;

    public EngineAdvice Advice { get; } =
        new(
            Migrate: "Run it as the owner: docs/operations/database.md.",
            Reach: "Check that it runs, and Database:ConnectionString; docs/operations/database.md."
        );

    public Task CheckRoleAsync(CancellationToken cancellation) => PostgresRoles.EnsureAsync(this, cancellation);

    public Task<List<EngineFinding>> ExamineAsync(CancellationToken cancellation) =>
        PostgresRoles.ExamineAsync(this, options, cancellation);

    public bool SeesEveryTenant => !string.IsNullOrEmpty(options.MaintenanceConnectionString);

    public Task<DbConnection> OpenAcrossTenantsAsync(CancellationToken cancellation) =>
        OpenAsync(options.MaintenanceConnectionString, nameof(DatabaseOptions.MaintenanceConnectionString), cancellation);

    public Task<DbConnection> OpenOwnerAsync(CancellationToken cancellation) =>
        OpenAsync(options.OwnerConnectionString, nameof(DatabaseOptions.OwnerConnectionString), cancellation);

    public async Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellation)
    {
        var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var command = connection.CreateCommand();
        // The server limits the wait for another node's migration, not the client.
        command.CommandTimeout = 0;
        // Released with the transaction, even when this process is killed. The number is arbitrary but fixed ("hatcheck" in
        // base 36).
        command.CommandText = "set local lock_timeout = '5min'; select pg_advisory_xact_lock(1362440218772)";
        await command.ExecuteNonQueryAsync(cancellation);
        return transaction;
    }

    // A plain vacuum leaves deleted bytes in heap and WAL; the maintenance role rewrites the key table
    // (docs/concepts/threats.md).
    public Task ScrubAsync(Compaction compaction, CancellationToken cancellation) => Task.CompletedTask;

    public Task OweCompactionAsync(HatcheckDb db, CancellationToken cancellation) => Task.CompletedTask;

    public Task CompactAsync(CancellationToken cancellation) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (app.IsValueCreated)
            await app.Value.DisposeAsync();
    }

    // These settings end with the transaction.
    private void Begin(NpgsqlBatch batch, Guid tenant, bool byIndex = false)
    {
        if (!explicitly)
        {
            Add(batch, byIndex ? setByIndex : SetTenant, [tenant.ToString()]);
            return;
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(SetLocal(tenant)));
        if (!byIndex)
            return;
        foreach (var way in planned)
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"set local {way} = off"));
    }

    private void End(NpgsqlBatch batch)
    {
        if (explicitly)
            batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
    }

    // It takes no parameters, and a UUID has nothing to escape.
    private static string SetLocal(Guid tenant) => $"set local app.tenant = '{tenant:D}'";

    private static void Add(NpgsqlBatch batch, string sql, object?[] parameters)
    {
        var command = new NpgsqlBatchCommand(SqlText.Postgres.Resolve(sql).Text);
        foreach (var value in parameters)
            command.Parameters.Add(Parameter(value));
        batch.BatchCommands.Add(command);
    }

    private static NpgsqlParameter Parameter(object? value) => new() { Value = value ?? DBNull.Value };

    private async Task<DbConnection> OpenAsync(string? connectionString, string setting, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(connectionString))
            throw new OperatorException(
                $"This needs Database:{setting}. See docs/operations/database.md for the roles and how to create them."
            );
        var connection = new NpgsqlConnection(Tuned(options, connectionString, pooled: false));
        await connection.OpenAsync(cancellation);
        return connection;
    }

    private static NpgsqlDataSource Source(DatabaseOptions options, string connectionString) =>
        new NpgsqlDataSourceBuilder(Tuned(options, connectionString, pooled: true)).Build();

    private static string Tuned(DatabaseOptions options, string connectionString, bool pooled)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(options.Timeout.TotalSeconds));
        return new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "hatcheck",
            Pooling = pooled,
            MaxPoolSize = options.PoolSize,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            Timeout = seconds,
            // The server ends a slow statement itself and the connection survives; this is for a server that no longer
            // responds.
            CommandTimeout = seconds + 1,
            CancellationTimeout = 2000,
            // The tenant's setting ends with its transaction and nothing else is set, so there is nothing to reset. Saves
            // seven statements per use of a connection. A test with one connection proves it.
            NoResetOnClose = true,
            // Key tables are in a schema of their own, so that a backup can omit them.
            SearchPath = "public,keys",
            IncludeErrorDetail = false,
            LogParameters = false,
            Options = string.Create(
                CultureInfo.InvariantCulture,
                $"-c statement_timeout={(pooled ? (int)options.Timeout.TotalMilliseconds : 0)} "
                    + $"-c log_parameter_max_length_on_error=0"
            ),
        }.ToString();
    }
}

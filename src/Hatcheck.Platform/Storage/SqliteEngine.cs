using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// SQLite in WAL mode. Writers queue in the process (a waiting request holds no thread), so that SQLITE_BUSY can only come from
/// another process, and <c>busy_timeout</c> waits for that one.
/// </summary>
internal sealed class SqliteEngine : IEngine
{
    /// <summary>The database's name in the data folder; where it is absent there is no installation.</summary>
    public const string FileName = "hatcheck.db";

    /// <summary>4 MiB are written anew in about 30 ms, for which the writers wait.</summary>
    private const long SmallFile = 4 << 20;

    private const string Owed = "pragma user_version = 1";

    private readonly string connectionString;
    private readonly SemaphoreSlim writer = new(1, 1);
    private readonly ConditionalWeakTable<object, object> prepared = [];
    private readonly Pragmas pragmas;
    private readonly TimeSpan timeout;
    private readonly TimeProvider time;

    // From the start: a process that was killed between an erasure and its scrub has left one.
    private volatile bool scrubIsDue = true;

    public SqliteEngine(IOptions<DatabaseOptions> options, IOptions<DataOptions> data, TimeProvider time)
    {
        this.time = time;
        timeout = options.Value.Timeout;
        File = data.Value.PathOf(FileName);
        pragmas = new Pragmas(this);
        connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = File,
            DefaultTimeout = Math.Max(1, (int)Math.Ceiling(timeout.TotalSeconds)),
            ForeignKeys = true,
        }.ToString();
    }

    /// <summary>The database file; <c>-wal</c> and <c>-shm</c> stand beside it.</summary>
    private string File { get; }

    public string Name => "sqlite";

    public void Configure(DbContextOptionsBuilder options) => options.UseSqlite(connectionString).AddInterceptors(pragmas);

    public async Task<List<T>> QueryAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        CancellationToken cancellation
    )
    {
        await using var connection = await OpenAsync(cancellation);
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(new Row(reader)));
        return rows;
    }

    public async Task<List<T>> ClaimAsync<T>(
        Guid tenant,
        string sql,
        object[] parameters,
        Func<Row, T> read,
        CancellationToken cancellation
    )
    {
        using var turn = await EnterWriterAsync(cancellation);
        return await QueryAsync(tenant, sql, parameters, read, cancellation);
    }

    public async Task<int[]> ExecuteAsync(
        Guid tenant,
        IReadOnlyList<(string Sql, object?[] Parameters)> statements,
        CancellationToken cancellation
    )
    {
        using var turn = await EnterWriterAsync(cancellation);
        await using var connection = await OpenAsync(cancellation);
        await using var transaction = connection.BeginTransaction(deferred: false);
        var changed = new int[statements.Count];
        for (var i = 0; i < changed.Length; i++)
        {
            await using var command = Command(connection, statements[i].Sql, statements[i].Parameters);
            command.Transaction = transaction;
            changed[i] = await command.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        await transaction.DisposeAsync();
        if (scrubIsDue)
            await CatchUpOnScrubAsync(connection);
        return changed;
    }

    public async ValueTask<IDisposable?> EnterWriterAsync(CancellationToken cancellation)
    {
        if (!await writer.WaitAsync(timeout, cancellation))
            throw new StorageBusyException();
        return new Turn(writer);
    }

    public int LargestBatch => 64;

    // Its transactions have the file to themselves.
    public string? LockTable(string table) => null;

    public string? EndIfIdle(TimeSpan idle) => null;

    public Task LiftTimeoutAsync(HatcheckDb db, CancellationToken cancellation) => Task.CompletedTask;

    // Reading takes no lock; a read transaction would be a writer's, since EF Core begins them all as immediate.
    public bool ReadsInTransactions => false;

    public Task BindAsync(HatcheckDb db, CancellationToken cancellation)
    {
        db.Now = time.Now();
        return Task.CompletedTask;
    }

    public DbCommand Command(DbConnection connection, string sql, object?[] parameters) =>
        Command((SqliteConnection)connection, sql, parameters);

    // The file has one process.
    public int Nodes(int configured) => 1;

    public bool IsMadeAtStart => true;

    public string? NotMadeYet => System.IO.File.Exists(File) ? null : File;

    public EngineAdvice Advice { get; } =
        new(
            Migrate: "`hatcheck serve` does it at the start, or run `hatcheck migrate`.",
            Reach: "Check that the file is hatcheck's, whole, and may be written by this user; docs/operations/database.md."
        );

    // The file's mode is all there is to check, and the system checks it.
    public Task CheckRoleAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task<List<EngineFinding>> ExamineAsync(CancellationToken cancellation) => Task.FromResult<List<EngineFinding>>([]);

    public bool SeesEveryTenant => true;

    public async Task<DbConnection> OpenAcrossTenantsAsync(CancellationToken cancellation) => await OpenAsync(cancellation);

    public async Task<DbConnection> OpenOwnerAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        CreatePrivately();
        return await OpenAsync(cancellation);
    }

    // 0600 from the first byte on; SQLite gives -wal and -shm the mode of the file. Only where it is absent: closing a
    // descriptor of an open database would drop this process's locks on it (sqlite.org/howtocorrupt.html, 2.2).
    private void CreatePrivately()
    {
        if (OperatingSystem.IsWindows() || System.IO.File.Exists(File))
            return;
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            new FileStream(File, options).Dispose();
        }
        catch (IOException) when (System.IO.File.Exists(File))
        {
            // Another process was first, and made it the same way.
        }
    }

    public Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellation) =>
        Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: false));

    // secure_delete has overwritten the pages; the write-ahead log still holds older images of them until it is truncated.
    public Task ScrubAsync(Compaction compaction, CancellationToken cancellation) =>
        ScrubAsync(
            async connection =>
            {
                await RunAsync(connection, Owed);
                if (compaction == Compaction.Now || (compaction == Compaction.IfSmall && new FileInfo(File).Length <= SmallFile))
                    await CompactAsync(connection);
            },
            cancellation
        );

    // Kept in the file, and part of the transaction.
    public Task OweCompactionAsync(HatcheckDb db, CancellationToken cancellation) =>
        db.Database.ExecuteSqlRawAsync(Owed, cancellation);

    public Task CompactAsync(CancellationToken cancellation) =>
        ScrubAsync(
            async connection =>
            {
                await using var command = Command(connection, "pragma user_version", []);
                if (await command.ExecuteScalarAsync(cancellation) is 1L)
                    await CompactAsync(connection);
            },
            cancellation
        );

    private async Task CompactAsync(SqliteConnection connection)
    {
        // A large file's copy doesn't go through memory.
        if (new FileInfo(File).Length > SmallFile)
            await RunAsync(connection, "pragma temp_store = file");
        try
        {
            await RunAsync(connection, "vacuum");
            await RunAsync(connection, "pragma user_version = 0");
        }
        finally
        {
            await RunAsync(connection, "pragma temp_store = memory");
        }
    }

    private async Task ScrubAsync(Func<SqliteConnection, Task> first, CancellationToken cancellation)
    {
        // First of all: whatever happens below, the erasure is committed, and the next write makes good what is left to do.
        scrubIsDue = true;
        try
        {
            using var turn = await EnterWriterAsync(cancellation);
            await using var connection = await OpenAsync(cancellation);
            try
            {
                await first(connection);
            }
            finally
            {
                scrubIsDue = !await TruncateWalAsync(connection);
            }
        }
        catch (Exception fault) when (fault is SqliteException or StorageBusyException)
        {
            // Another writer or process is in the way: made good with the next write, or at the next start.
        }
    }

    // A scrub that a reader held up is made good with the next write that finds no reader; the write itself is done.
    private async Task CatchUpOnScrubAsync(SqliteConnection connection)
    {
        try
        {
            await SetBusyTimeoutAsync(connection, TimeSpan.Zero);
            scrubIsDue = !await TruncateWalAsync(connection);
        }
        catch (SqliteException)
        {
            // Tried again with the next write.
        }
        finally
        {
            await SetBusyTimeoutAsync(connection, timeout);
        }
    }

    // The pragma doesn't fail but says so when a reader kept it from truncating for longer than the time-out.
    private async Task<bool> TruncateWalAsync(SqliteConnection connection)
    {
        await using var command = Command(connection, "pragma wal_checkpoint(truncate)", []);
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
        return await reader.ReadAsync(CancellationToken.None) && new Row(reader).Number("busy") == 0;
    }

    private Task SetBusyTimeoutAsync(SqliteConnection connection, TimeSpan wait) =>
        RunAsync(connection, $"pragma busy_timeout = {(int)wait.TotalMilliseconds}");

    private async Task RunAsync(SqliteConnection connection, string statement)
    {
        await using var command = Command(connection, statement, []);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        using (var connection = new SqliteConnection(connectionString))
            SqliteConnection.ClearPool(connection);
        writer.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<SqliteConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = new SqliteConnection(connectionString);
        await connection.OpenAsync(cancellation);
        Prepare(connection);
        return connection;
    }

    private SqliteCommand Command(SqliteConnection connection, string sql, object?[] parameters)
    {
        var statement = SqlText.Sqlite.Resolve(sql);
        var command = connection.CreateCommand();
        command.CommandText = statement.Text;
        if (statement.AsksClock)
            command.Parameters.AddWithValue(SqlText.Clock, Instants.ToMicroseconds(time.GetUtcNow()));
        for (var i = 0; i < parameters.Length; i++)
        {
            var value = parameters[i] switch
            {
                DateTimeOffset at => Instants.ToMicroseconds(at),
                TimeSpan span => (long)span.TotalMicroseconds,
                string[] texts => JsonSerializer.Serialize(texts, ExportJson.Default.StringArray),
                null => DBNull.Value,
                var other => other,
            };
            command.Parameters.AddWithValue($"${i + 1}", value);
        }

        return command;
    }

    // Settings belong to the native connection, which the pool keeps: once for each is enough.
    private void Prepare(SqliteConnection connection)
    {
        if (prepared.TryGetValue(connection.Handle!, out _))
            return;
        using var command = connection.CreateCommand();
        command.CommandText =
            $"pragma busy_timeout = {(int)timeout.TotalMilliseconds}; pragma journal_mode = wal; pragma synchronous = full; "
            + "pragma secure_delete = on; pragma temp_store = memory; pragma trusted_schema = off;";
        command.ExecuteNonQuery();
        prepared.AddOrUpdate(connection.Handle!, this);
    }

    private sealed class Pragmas(SqliteEngine engine) : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) =>
            engine.Prepare((SqliteConnection)connection);

        public override Task ConnectionOpenedAsync(
            DbConnection connection,
            ConnectionEndEventData eventData,
            CancellationToken cancellationToken = default
        )
        {
            engine.Prepare((SqliteConnection)connection);
            return Task.CompletedTask;
        }
    }

    private sealed class Turn(SemaphoreSlim writer) : IDisposable
    {
        public void Dispose() => writer.Release();
    }
}

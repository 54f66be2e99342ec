using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Storage;

/// <summary>
/// SQLite in WAL mode. Writers queue in the process (a waiting request holds no thread), so only another process can cause
/// SQLITE_BUSY, and <c>busy_timeout</c> waits for that one.
/// </summary>
internal sealed class SqliteEngine : IEngine
{
    /// <summary>The database's file name in the data folder. Without the file there is no installation.</summary>
    public const string FileName = "hatcheck.db";

    /// <summary>Rewriting 4 MiB takes about 30 ms, during which writers wait.</summary>
    private const long SmallFile = 4 << 20;

    private const string Owed = "pragma user_version = 1";

    private readonly string connectionString;
    private readonly SemaphoreSlim writer = new(1, 1);
    private readonly ConditionalWeakTable<object, object> prepared = [];
    private readonly Pragmas pragmas;
    private readonly TimeSpan timeout;
    private readonly TimeProvider time;

    // True at start-up: a process killed between an erasure and its scrub has left one.
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

    /// <summary>The database file, with <c>-wal</c> and <c>-shm</c> beside it.</summary>
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

    // Its transactions have exclusive use of the file.
    public string? LockTable(string table) => null;

    public string? EndIfIdle(TimeSpan idle) => null;

    public Task LiftTimeoutAsync(HatcheckDb db, CancellationToken cancellation) => Task.CompletedTask;

    // Reading takes no lock. A read transaction would take the write lock, since EF Core begins them all as immediate.
    public bool ReadsInTransactions => false;

    public Task BindAsync(HatcheckDb db, CancellationToken cancellation)
    {
        db.Now = time.Now();
        return Task.CompletedTask;
    }

    public DbCommand Command(DbConnection connection, string sql, object?[] parameters) =>
        Command((SqliteConnection)connection, sql, parameters);

    // Only one process uses the file.
    public int Nodes(int configured) => 1;

    public bool IsMadeAtStart => true;

    public string? NotMadeYet => System.IO.File.Exists(File) ? null : File;

    public EngineAdvice Advice { get; } =
        new(
            Migrate: "`hatcheck serve` does it at the start, or run `hatcheck migrate`.",
            Reach: "Check that the file is hatcheck's, whole, and may be written by this user; docs/operations/database.md."
        );

    // Only the file's mode matters, and the operating system checks it.
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

    // Created with mode 0600; SQLite gives -wal and -shm the same mode. Only where it is absent: closing a descriptor of an
    // open database would drop this process's locks on it (sqlite.org/howtocorrupt.html, 2.2).
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
            // Another process was first, and created it the same way.
        }
    }

    public Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellation) =>
        Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: false));

    // secure_delete has overwritten the pages; the write-ahead log still holds older images until it is truncated.
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

    // Stored in the file, as part of the transaction.
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
        // For a large file, keep the copy out of memory.
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
        // Set first: whatever fails below, the erasure is committed, and the next write completes the scrub.
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
            // Blocked by another writer or process: the next write or start completes the scrub.
        }
    }

    // Completes a scrub that a reader blocked, with the first write that finds no reader. The write itself is already done.
    private async Task CatchUpOnScrubAsync(SqliteConnection connection)
    {
        try
        {
            await SetBusyTimeoutAsync(connection, TimeSpan.Zero);
            scrubIsDue = !await TruncateWalAsync(connection);
        }
        catch (SqliteException)
        {
            // The next write tries again.
        }
        finally
        {
            await SetBusyTimeoutAsync(connection, timeout);
        }
    }

    // If a reader blocks truncation for longer than the time-out, the pragma doesn't fail but reports busy.
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

    // Pragmas belong to the native connection, which the pool keeps: once for each is enough.
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

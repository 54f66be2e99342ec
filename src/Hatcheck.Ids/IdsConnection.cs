using Hatcheck.Platform;
using Hatcheck.Platform.Storage;
using Npgsql;

namespace Hatcheck.Ids;

/// <summary>
/// The one connection to the owner's database. It reads ids and never sends one: a server may log parameters. Reconnects
/// when it breaks.
/// </summary>
internal sealed class IdsConnection : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(20);
    private readonly string connectionString;
    private readonly TimeProvider time;
    private readonly Action<string> say;
    private NpgsqlConnection connection;
    private long? turn;

    private IdsConnection(string connectionString, TimeProvider time, Action<string> say)
    {
        this.connectionString = connectionString;
        this.time = time;
        this.say = say;
        connection = new NpgsqlConnection(connectionString);
    }

    /// <summary>Maximum retries: about two minutes in total.</summary>
    public int MaxTries { get; init; } = 30;

    /// <summary>Opens the connection. A read-only one can change nothing.</summary>
    public static async Task<IdsConnection> OpenAsync(
        string connectionString,
        bool readOnly,
        TimeProvider time,
        Action<string> say,
        CancellationToken cancellation
    )
    {
        var given =
            new NpgsqlConnectionStringBuilder(connectionString).Options ?? Environment.GetEnvironmentVariable("PGOPTIONS");
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "hatcheck ids",
            Pooling = false,
            Enlist = false,
            CommandTimeout = 0,
            KeepAlive = 30,
            MaxAutoPrepare = 20,
            AutoPrepareMinUsages = 2,
            IncludeErrorDetail = false,
            LogParameters = false,
            // Scans return rows in the table's own order. Timeouts are off, since we bound our waits ourselves.
            Options =
                $"{given} -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c synchronize_seqscans=off -c "
                + $"lock_timeout=10s -c default_transaction_read_only={(readOnly ? "on" : "off")}",
        };
        var made = new IdsConnection(settings.ToString(), time, say);
        try
        {
            await made.connection.OpenAsync(cancellation);
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    public int ServerVersion => connection.PostgreSqlVersion.Major;

    /// <summary>
    /// Takes the table's lock: one process works on a table at a time. A killed process loses it when the server notices,
    /// possibly after its last statement.
    /// </summary>
    public async Task TakeTurnAsync(string table, CancellationToken cancellation)
    {
        var number = await ScalarAsync<long>("select hashtextextended('hatcheck ids ' || $1, 0)", cancellation, table);
        for (
            var waited = TimeSpan.Zero;
            !await ScalarAsync<bool>("select pg_try_advisory_lock($1)", cancellation, number);
            waited += TimeSpan.FromMilliseconds(200)
        )
        {
            if (waited > LockPatience)
                throw new OperatorException($"Another `hatcheck ids` works on {table} right now. Wait for it, or end it.");
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellation);
        }

        turn = number;
    }

    public NpgsqlCommand Command(string sql, params ReadOnlySpan<object> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }

    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    public async Task<T> ScalarAsync<T>(string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        return (T)(await command.ExecuteScalarAsync(cancellation))!;
    }

    public async Task<List<T>> QueryAsync<T>(
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params object[] parameters
    )
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>
    /// Runs statements in one transaction; repeats them after a rollback or a lost connection.
    /// </summary>
    public Task TransactionAsync(Func<Task> statements, CancellationToken cancellation, string? lockTimeout = null) =>
        RetryAsync(
            async () =>
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellation);
                if (lockTimeout is not null)
                    await ExecuteAsync($"set local lock_timeout = '{lockTimeout}'", cancellation);
                await statements();
                await transaction.CommitAsync(cancellation);
                return true;
            },
            cancellation
        );

    /// <summary>Runs a repeatable action until it succeeds.</summary>
    public async Task<T> RetryAsync<T>(Func<Task<T>> action, CancellationToken cancellation)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                if (connection.State != System.Data.ConnectionState.Open)
                    await ReconnectAsync(cancellation);
                return await action();
            }
            catch (Exception fault)
                when (tried < MaxTries && StorageFaults.Classify(fault) is StorageFault.RolledBack or StorageFault.Unavailable)
            {
                var pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 50 * Math.Pow(2, tried)));
                if (tried % 5 == 0)
                    say($"still trying: {Describe(fault)}");
                await Task.Delay(pause, time, cancellation);
            }
        }
    }

    public async ValueTask DisposeAsync() => await connection.DisposeAsync();

    private static string Describe(Exception fault) =>
        fault switch
        {
            PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } =>
                "another session holds a lock on the table (see pg_locks, pg_stat_activity)",
            PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure } =>
                "other writers were first",
            _ => "the database does not answer",
        };

    private async Task ReconnectAsync(CancellationToken cancellation)
    {
        await connection.DisposeAsync();
        connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellation);
        // Another process may have taken the lock meanwhile.
        if (turn is { } number && !await ScalarAsync<bool>("select pg_try_advisory_lock($1)", cancellation, number))
        {
            await connection.CloseAsync();
            throw new TimeoutException("Another process holds the table's lock.");
        }
    }
}

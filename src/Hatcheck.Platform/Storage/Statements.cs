using System.Data.Common;

namespace Hatcheck.Platform.Storage;

/// <summary>Raw statements over one open connection, in its transaction if it has one.</summary>
internal sealed class Statements(IEngine engine, DbConnection connection, DbTransaction? transaction)
{
    /// <summary>True: no time-out, for statements that count or delete without a bound.</summary>
    public bool NoTimeout { get; set; }

    /// <summary>Returns every row of one statement.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, object?[] parameters, Func<Row, T> read, CancellationToken cancellation)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(new Row(reader)));
        return rows;
    }

    /// <summary>Returns the number of rows that one statement changed.</summary>
    public async Task<int> ExecuteAsync(string sql, object?[] parameters, CancellationToken cancellation)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Keeps others from writing a table until the transaction ends.</summary>
    /// <param name="table">A declared name, never input.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task LockTableAsync(string table, CancellationToken cancellation)
    {
        if (engine.LockTable(table) is { } statement)
            await ExecuteAsync(statement, [], cancellation);
    }

    /// <summary>
    /// Lets the database end this transaction, and release its locks, once this process is idle for the given time.
    /// </summary>
    public async Task EndIfIdleAsync(TimeSpan idle, CancellationToken cancellation)
    {
        if (engine.EndIfIdle(idle) is { } statement)
            await ExecuteAsync(statement, [], cancellation);
    }

    private DbCommand Command(string sql, object?[] parameters)
    {
        var command = engine.Command(connection, sql, parameters);
        command.Transaction = transaction;
        if (NoTimeout)
            command.CommandTimeout = 0;
        return command;
    }
}

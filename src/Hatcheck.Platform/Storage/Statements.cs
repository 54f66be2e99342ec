using System.Data.Common;

namespace Hatcheck.Platform.Storage;

/// <summary>Raw statements over one open connection, in its transaction if it has one.</summary>
internal sealed class Statements(IEngine engine, DbConnection connection, DbTransaction? transaction)
{
    /// <summary>True: the client waits however long a statement takes, for counting or deleting without a bound.</summary>
    public bool TakeTheirTime { get; set; }

    /// <summary>Every row of one statement.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, object?[] parameters, Func<Row, T> read, CancellationToken cancellation)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(new Row(reader)));
        return rows;
    }

    /// <summary>How many rows one statement changed.</summary>
    public async Task<int> ExecuteAsync(string sql, object?[] parameters, CancellationToken cancellation)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Keeps others from writing a table until the transaction ends.</summary>
    /// <param name="table">A declared name, never input.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task LockTableAsync(string table, CancellationToken cancellation)
    {
        if (engine.LockTable(table) is { } statement)
            await ExecuteAsync(statement, [], cancellation);
    }

    /// <summary>
    /// Lets the database end this transaction, and free what it has locked, once this process says nothing for so long.
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
        if (TakeTheirTime)
            command.CommandTimeout = 0;
        return command;
    }
}

using System.Data.Common;
using Hatcheck.ServerKit.Faults;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Hatcheck.ServerKit.Storage;

/// <summary>Reads and writes the database directly, bypassing the server.</summary>
internal static class RawSql
{
    public static async Task<DbConnection> OpenAsync(this TestedDatabase database)
    {
        DbConnection connection = database switch
        {
            OnPostgres shared => new NpgsqlConnection(shared.Database.SuperUser),
            OnProxiedPostgres proxied => new NpgsqlConnection(proxied.Database.SuperUser),
            OnOwnPostgres own => new NpgsqlConnection(own.Database.SuperUser),
            _ => new SqliteConnection($"Data Source={Path.Combine(database.Folder, "hatcheck.db")};Pooling=false"),
        };
        await connection.OpenAsync();
        if (connection is NpgsqlConnection)
            await connection.ExecuteAsync("set search_path = public, keys");
        return connection;
    }

    public static async Task<object?> ScalarAsync(this TestedDatabase database, string sql, params object[] parameters)
    {
        await using var connection = await database.OpenAsync();
        return await connection.ScalarAsync(sql, parameters);
    }

    public static async Task<int> ExecuteAsync(this TestedDatabase database, string sql, params object[] parameters)
    {
        await using var connection = await database.OpenAsync();
        return await connection.ExecuteAsync(sql, parameters);
    }

    public static async Task<object?> ScalarAsync(this DbConnection connection, string sql, params object[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        return await command.ExecuteScalarAsync();
    }

    public static async Task<int> ExecuteAsync(this DbConnection connection, string sql, params object[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>Every row, its values joined by bars.</summary>
    public static async Task<List<string>> RowsAsync(this DbConnection connection, string sql, params object[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Add(string.Join('|', values));
        }

        return rows;
    }

    /// <summary>An id as a literal: PostgreSQL compares uuids, SQLite the upper-case text that is stored.</summary>
    public static string Literal(Guid id) => $"'{id.ToString().ToUpperInvariant()}'";

    private static DbCommand Command(this DbConnection connection, string sql, object[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = command.CreateParameter();
            if (connection is SqliteConnection)
                parameter.ParameterName = $"${i + 1}";
            parameter.Value = parameters[i];
            command.Parameters.Add(parameter);
        }

        return command;
    }
}

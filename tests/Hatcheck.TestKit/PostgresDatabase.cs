using Npgsql;

namespace Hatcheck.TestKit;

/// <summary>A fresh database with the roles of <c>deploy/postgres/roles.sql</c>; dropped when disposed.</summary>
/// <param name="Name">The database's unique name.</param>
/// <param name="SuperUser">For administrative work: catalogue checks, killing connections.</param>
/// <param name="Owner">Owns database and schema and applies migrations; neither superuser nor BYPASSRLS.</param>
/// <param name="App">The role that <c>serve</c> uses.</param>
/// <param name="Maintenance">The role that cross-tenant jobs use.</param>
/// <param name="ReadOnly">The role for people who only read.</param>
public sealed record PostgresDatabase(
    string Name,
    string SuperUser,
    string Owner,
    string App,
    string Maintenance,
    string ReadOnly
) : IAsyncDisposable
{
    /// <summary>Runs SQL as the superuser, to prepare and inspect data past the application.</summary>
    public async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(SuperUser);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pooled in new[] { SuperUser, Owner, App, Maintenance, ReadOnly })
        {
            await using var connection = new NpgsqlConnection(pooled);
            NpgsqlConnection.ClearPool(connection);
        }

        try
        {
            var administration = new NpgsqlConnectionStringBuilder(SuperUser) { Database = "postgres", Pooling = false };
            await using var connection = new NpgsqlConnection(administration.ConnectionString);
            await connection.OpenAsync();
            await using var drop = new NpgsqlCommand($"drop database if exists \"{Name}\" with (force)", connection);
            await drop.ExecuteNonQueryAsync();
        }
        catch (NpgsqlException)
        {
            // A test that stopped or killed its server has nothing left to drop.
        }
    }
}

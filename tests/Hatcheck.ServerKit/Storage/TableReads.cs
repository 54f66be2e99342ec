using System.Globalization;
using Hatcheck.Platform.Storage;
using Npgsql;

namespace Hatcheck.ServerKit.Storage;

/// <summary>Counts the rows of a table that PostgreSQL reads, from its own statistics.</summary>
internal sealed class TableReads(OnPostgres database, string table)
{
    private const string EndConnections = """
        select count(pg_terminate_backend(pid, 30000)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
        """;

    /// <summary>The number of rows that the work reads.</summary>
    public async Task<long> DuringAsync(Func<Task> work)
    {
        var before = await CountAsync();
        await RepeatAsync(async () =>
        {
            await work();
            return true;
        });
        return await CountAsync() - before;
    }

    // Each statement uses its own connection: a connection's counts are published when it ends.
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"{database.Database.SuperUser};Pooling=false");
        await connection.OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    // The node's pool still holds terminated connections.
    public static async Task<T> RepeatAsync<T>(Func<Task<T>> work)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (Exception fault) when (attempt < 10 && StorageFaults.IsBrokenConnection(fault))
            {
                // The next one.
            }
        }
    }

    private async Task<long> CountAsync()
    {
        await using var connection = new NpgsqlConnection($"{database.Database.SuperUser};Pooling=false");
        await connection.OpenAsync();
        await connection.ScalarAsync(EndConnections);
        var count = await connection.ScalarAsync(
            $"""
            select (select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes where relname = '{table}') + seq_tup_read
            from pg_stat_user_tables where relname = '{table}'
            """
        );
        return Convert.ToInt64(count, CultureInfo.InvariantCulture);
    }
}

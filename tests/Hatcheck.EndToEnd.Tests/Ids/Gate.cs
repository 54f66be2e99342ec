using Npgsql;

namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>
/// Stops `hatcheck ids` inside PostgreSQL at a chosen statement, so that a kill always hits there: after its n-th DDL
/// command (an event trigger counts them; a sequence doesn't roll back), or at a row (whose lock the gate holds).
/// </summary>
internal sealed class Gate : IAsyncDisposable
{
    private readonly OwnersDatabase database;
    private readonly NpgsqlConnection connection;

    private Gate(OwnersDatabase database, NpgsqlConnection connection) =>
        (this.database, this.connection) = (database, connection);

    public static async Task<Gate> BuildAsync(OwnersDatabase database)
    {
        var administration = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database.SuperUser) { Pooling = false }.ConnectionString
        );
        await administration.OpenAsync();
        var gate = new Gate(database, administration);
        var owner = database.Environment["PGUSER"];
        await gate.ExecuteAsync(
            $"""
            create schema gate;
            create sequence gate.passed;
            create table gate.closed (after bigint);
            create function gate.hold() returns event_trigger language plpgsql security definer as $$
            begin
              if session_user <> '{owner}' then return; end if;
              if nextval('gate.passed') = (select after from gate.closed) then
                while exists (select from gate.closed) loop perform pg_sleep(0.005); end loop;
              end if;
            end $$;
            create event trigger gate_{owner} on ddl_command_end execute function gate.hold();
            """
        );
        return gate;
    }

    /// <summary>Stops the next process after its n-th DDL command, before the commit.</summary>
    public Task CloseAfterAsync(int command) =>
        ExecuteAsync($"delete from gate.closed; insert into gate.closed values ({command}); alter sequence gate.passed restart");

    /// <summary>DDL commands since the gate was closed.</summary>
    public async Task<int> PassedAsync() =>
        Convert.ToInt32(await ScalarAsync("select case when is_called then last_value else 0 end from gate.passed"));

    /// <summary>Makes every change of this row wait.</summary>
    public Task HoldRowAsync(string table, long id) => ExecuteAsync($"begin; select 1 from {table} where id = {id} for update");

    public Task LetRowGoAsync() => ExecuteAsync("rollback");

    /// <summary>Waits until the tool reaches the gate; false if it ended before.</summary>
    public async Task<bool> CaughtAsync(IdsProcess tool)
    {
        await using var other = await database.OpenAsync();
        while (true)
        {
            await using var ask = new NpgsqlCommand(
                """
                select count(*) from pg_stat_activity
                where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
                and (wait_event = 'PgSleep' or wait_event_type = 'Lock')
                """,
                other
            );
            if ((long)(await ask.ExecuteScalarAsync())! > 0)
                return true;
            if (tool.HasEnded)
                return false;
            await Task.Delay(5);
        }
    }

    /// <summary>
    /// Ends the killed tool's session in the server, which otherwise ends only when it next reads its socket.
    /// </summary>
    public async Task DeadLetterAsync(bool atOnce)
    {
        var sessions =
            $"from pg_stat_activity where datname = '{database.Environment["PGDATABASE"]}' "
            + $"and usename = '{database.Environment["PGUSER"]}' and (wait_event = 'PgSleep' "
            + "or wait_event_type = 'Lock')";
        // On a separate connection, since the gate's may be in the transaction that holds a row.
        if (atOnce)
            await database.AsSuperUserAsync($"select pg_terminate_backend(pid) {sessions}");
    }

    public Task OpenAsync() => ExecuteAsync("delete from gate.closed");

    public async ValueTask DisposeAsync()
    {
        await OpenAsync();
        await ExecuteAsync("drop schema gate cascade");
        await connection.DisposeAsync();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<object> ScalarAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync())!;
    }
}

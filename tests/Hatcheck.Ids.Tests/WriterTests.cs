using Npgsql;

namespace Hatcheck.Ids.Tests;

/// <summary>Programs that write while the migration runs.</summary>
public sealed class WriterTests : OwnersDatabase
{
    [Fact]
    public async Task Writers_may_go_on_through_every_step_and_no_row_is_left_behind()
    {
        await SqlAsync(
            """
            create table people (id bigserial primary key, telegram_id bigint not null unique, name text);
            create table orders (id bigserial primary key, who bigint references people (telegram_id)
                on update cascade on delete cascade deferrable initially deferred);
            insert into people (telegram_id, name) select 1000000 + n, 'x' from generate_series(1, 3000) n;
            insert into orders (who) select 1000000 + n from generate_series(1, 3000) n;
            """
        );
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(1, 3).Select(number => WriteAsync(number, stop.Token)).ToList();
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id", "--batch", "200")).Succeeded();
        (await IdsAsync("contract", "people", "telegram_id", "--batch", "200", "--yes")).Succeeded();
        await stop.CancelAsync();
        var written = await Task.WhenAll(writers);
        written.Sum().ShouldBeGreaterThan(0);

        // Each row still refers to the user that its note names.
        var rows = await RowsAsync("select telegram_id, name from people where name <> 'x'");
        foreach (var row in rows.Select(row => row.Split('|')))
            row[0].ShouldBe(Hash(long.Parse(row[1])));
        (await CountAsync("select count(*) from people where telegram_id is null or telegram_id !~ '^[0-9a-f]{64}$'")).ShouldBe(
            0
        );
        (await CountAsync("select count(*) from orders where who is null")).ShouldBe(0);
        (await CountAsync("select count(*) from orders join people on who = telegram_id")).ShouldBe(
            await CountAsync("select count(*) from orders")
        );
    }

    [Fact]
    public async Task A_changed_id_loses_its_hash_unless_the_writer_gives_the_new_one()
    {
        await SqlAsync(
            "create table people (id int primary key, telegram_id bigint unique, name text); insert into people "
                + "values (1, 11), (2, 12), (3, 13)"
        );
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        await SqlAsync(
            $"""
            update people set telegram_id = 21 where id = 1;
            update people set telegram_id = 22, telegram_id_hash = '{Hash(22)}' where id = 2;
            update people set name = 'new' where id = 3;
            """
        );
        (await RowsAsync("select telegram_id_hash from people order by id")).ShouldBe(["NULL", Hash(22), Hash(13)]);
        var verify = await IdsAsync("verify", "people", "telegram_id");
        verify.ExitCode.ShouldBe(1);
        verify.Output.ShouldContain("1 rows without a replacement");
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        (await IdsAsync("verify", "people", "telegram_id")).Succeeded();
    }

    [Fact]
    public async Task A_wrong_hash_is_found_by_verify_and_stops_the_contract()
    {
        await SqlAsync(
            "create table people (id int primary key, telegram_id bigint unique); insert into people select n, 100 + n "
                + "from generate_series(1, 30) n"
        );
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        await SqlAsync($"update people set telegram_id_hash = '{Hash(102)}' where id = 1");
        var verify = await IdsAsync("verify", "people", "telegram_id");
        verify.ExitCode.ShouldBe(1);
        verify.Output.ShouldContain("1 rows whose replacement does not match their id");
        verify.Output.ShouldContain("people_telegram_id_key is unique, and 1 values would occur more than once");
        (await IdsAsync("contract", "people", "telegram_id", "--yes")).ExitCode.ShouldBe(1);
        (await CountAsync("select count(telegram_id) from people where telegram_id > 0")).ShouldBe(30);
    }

    [Fact]
    public async Task Rows_that_come_between_the_preparation_and_the_lock_are_filled_under_it()
    {
        await SqlAsync(
            "create table people (id int primary key, telegram_id bigint unique, up bigint references people (telegram_id) "
                + "deferrable initially deferred); insert into people values (1, 11, null)"
        );
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        // A writer holds the table while the contract wants its lock, and adds people meanwhile.
        await using var connection = new NpgsqlConnection(Database.Owner);
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using (
            var insert = new NpgsqlCommand("insert into people values (2, 12, 13), (3, 13, 11)", connection, transaction)
        )
            await insert.ExecuteNonQueryAsync();
        var contract = IdsAsync("contract", "people", "telegram_id", "--yes");
        // Building an index waits for the writer's transaction; then the contract goes on.
        while (await CountAsync("select count(*) from pg_stat_progress_create_index") == 0)
            await Task.Delay(20);
        await transaction.CommitAsync();
        (await contract).Succeeded();
        (await RowsAsync("select telegram_id, up from people order by id")).ShouldBe([
            $"{Hash(11)}|NULL",
            $"{Hash(12)}|{Hash(13)}",
            $"{Hash(13)}|{Hash(11)}",
        ]);
    }

    /// <summary>
    /// Inserts, changes and deletes like the owner's old program, until the plaintext column is gone; the name column holds
    /// the user of each row.
    /// </summary>
    private async Task<int> WriteAsync(int number, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(Database.Owner);
        await connection.OpenAsync(CancellationToken.None);
        for (var count = 0; ; count++)
        {
            if (cancellation.IsCancellationRequested)
                return count;
            var id = (number * 10_000_000L) + count;
            try
            {
                await using var command = new NpgsqlCommand(
                    $"""
                    insert into people (telegram_id, name) values ({id}, '{id}'); insert into orders (who) values ({id});
                    update people set telegram_id = {id + 5_000_000}, name = '{id + 5_000_000}' where telegram_id = {id - 3};
                    delete from people where telegram_id = {id + 5_000_000 - 7};
                    """,
                    connection
                );
                await command.ExecuteNonQueryAsync(CancellationToken.None);
            }
            catch (PostgresException switched)
                when (switched.SqlState
                        is PostgresErrorCodes.CheckViolation
                            or PostgresErrorCodes.UndefinedFunction
                            or PostgresErrorCodes.DatatypeMismatch
                            or PostgresErrorCodes.ForeignKeyViolation
                )
            {
                // The column holds hashes now: the old program ends.
                return count;
            }
            catch (PostgresException again)
                when (again.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable)
            {
                await Task.Delay(5, CancellationToken.None);
            }
        }
    }
}

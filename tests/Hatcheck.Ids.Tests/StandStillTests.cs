using Hatcheck.Crypto;
using Hatcheck.Ids.Verbs;
using Npgsql;

namespace Hatcheck.Ids.Tests;

/// <summary>
/// A fault that would lose an id stops the move: each of these once ended with a loss, or reported success.
/// </summary>
public sealed class StandStillTests : OwnersDatabase
{
    private const string Table =
        "create table people (id int primary key, telegram_id bigint unique); insert into people select i, 7000000000 + i "
        + "from generate_series(1, 10) i;";

    [Fact]
    public async Task Rows_that_a_trigger_keeps_from_being_written_are_no_rejects()
    {
        await SqlAsync(
            Table
                + """
                create function archived() returns trigger language plpgsql as $$
                    begin return case when old.id > 5 then null else new end; end $$;
                create trigger archived before update on people for each row execute function archived();
                """
        );
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        var fill = await IdsAsync("fill", "people", "telegram_id");
        fill.ExitCode.ShouldBe(1);
        fill.Error.ShouldContain("5 rows have an id but take no replacement: a trigger");
        (await IdsAsync("contract", "people", "telegram_id", "--yes", "--on-reject", "null")).ExitCode.ShouldBe(1);
        (await CountAsync("select count(telegram_id) from people where telegram_id > 0")).ShouldBe(10);
        await SqlAsync("alter table people disable trigger archived");
        (await MigrateAsync("people", "telegram_id")).Succeeded();
        (await RowsAsync("select telegram_id from people where id = 10")).ShouldBe([Hash(7000000010)]);
    }

    [Fact]
    public async Task A_change_that_a_replication_applies_clears_the_hash_and_a_disabled_trigger_stops_the_contract()
    {
        await SqlAsync(Table);
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        await using (var applier = new NpgsqlConnection(Database.SuperUser))
        {
            await applier.OpenAsync();
            await using var change = new NpgsqlCommand(
                "set session_replication_role = replica; update people set telegram_id = 42 where id = 1",
                applier
            );
            await change.ExecuteNonQueryAsync();
        }

        (await CountAsync("select count(*) from people where telegram_id_hash is null")).ShouldBe(1);
        await SqlAsync("alter table people disable trigger user");
        var contract = await IdsAsync("contract", "people", "telegram_id", "--yes");
        contract.ExitCode.ShouldBe(1);
        contract.Error.ShouldContain("was switched off or dropped");
        (await CountAsync("select count(telegram_id) from people where telegram_id > 0")).ShouldBe(10);
    }

    [Fact]
    public async Task A_foreign_key_that_was_dropped_on_the_way_stops_the_contract_and_not_the_way_back()
    {
        await SqlAsync(
            Table
                + "create table logs (id int primary key, who bigint constraint points references people (telegram_id)); "
                + "insert into logs values (1, 7000000001)"
        );
        var before = await SnapshotAsync(places: false);
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        await SqlAsync("alter table logs drop constraint points");
        foreach (var verb in (string[])["verify", "contract"])
        {
            var stopped = await IdsAsync(verb, "people", "telegram_id", verb == "contract" ? ["--yes"] : []);
            stopped.ExitCode.ShouldBe(1, verb);
            stopped.Error.ShouldContain("public.logs (who) belongs to this migration");
        }

        (await IdsAsync("rollback", "people", "telegram_id", "--yes")).Succeeded();
        await SqlAsync("alter table logs add constraint points foreign key (who) references people (telegram_id)");
        (await SnapshotAsync(places: false)).ShouldBe(before);
    }

    [Fact]
    public async Task What_only_looks_migrated_is_not_taken_for_it()
    {
        await SqlAsync(
            "create table people (id int primary key, telegram_id text, password_hash text, constraint nn_not_hashed check "
                + "(telegram_id ~ '^[0-9]+$')); insert into people values (1, '42')"
        );
        (await IdsAsync("status", "people", "telegram_id")).Output.ShouldNotContain("nothing left to do");
        var typo = await IdsAsync("verify", "people", "password");
        typo.ExitCode.ShouldNotBe(0);
        typo.Error.ShouldContain("has no column password");
        (await MigrateAsync("people", "telegram_id")).Succeeded();
        (await RowsAsync("select telegram_id from people")).ShouldBe([Hash(42)]);
        (await MigrateAsync("people", "telegram_id")).Succeeded().ShouldContain("nothing left to do");
    }

    [Fact]
    public async Task From_the_first_step_on_nobody_can_write_what_is_no_hash()
    {
        await SqlAsync(Table);
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (
            await Should.ThrowAsync<PostgresException>(() => SqlAsync("insert into people values (11, null, 'ABCDEF')"))
        ).SqlState.ShouldBe(PostgresErrorCodes.CheckViolation);
    }

    [Fact]
    public async Task Options_of_the_connection_are_kept()
    {
        await SqlAsync(
            "create schema shop; create table shop.people (id int primary key, telegram_id bigint); insert into shop.people "
                + "values (1, 42); create table people (id int primary key, telegram_id bigint)"
        );
        System.IO.File.WriteAllText(File("database"), Database.Owner + ";Options=-c search_path=shop");
        (await MigrateAsync("people", "telegram_id")).Succeeded();
        (await RowsAsync("select telegram_id from shop.people")).ShouldBe([Hash(42)]);
    }

    [Fact]
    public void A_key_of_the_environment_that_ends_with_a_line_break_is_refused_unless_it_is_meant()
    {
        const string variable = "HATCHECK_TEST_KEY_WITH_A_LINE_BREAK";
        Environment.SetEnvironmentVariable(variable, "abc def0123456789\n");
        Should
            .Throw<KeySourceException>(() => KeySource.FromVariable(variable, KeyEncoding.Text, 0))
            .Message.ShouldContain("--key-encoding raw");
        using var meant = KeySource.FromVariable(variable, KeyEncoding.Raw, 0);
        meant
            .Compute("telegram", "user", "42")
            .ShouldBe(Convert.ToHexStringLower(Mac.HmacSha256("abc def0123456789\n"u8, "42"u8)));
        Environment.SetEnvironmentVariable(variable, null);
    }
}

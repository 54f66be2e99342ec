using Hatcheck.ServerKit.Cli;

namespace Hatcheck.Ids.Tests;

/// <summary>Repeated steps, dry runs, rollbacks, and resumed runs.</summary>
public sealed class RepeatTests : OwnersDatabase
{
    private const string Table = """
        create table people (id bigserial primary key, telegram_id bigint not null unique, name text);
        create index on people (name, telegram_id);
        create table orders (id serial primary key, who bigint references people (telegram_id));
        insert into people (telegram_id, name) select 7000000000 + n, 'name' from generate_series(1, 400) n;
        insert into orders (who) select 7000000000 + n from generate_series(1, 400) n;
        """;

    [Fact]
    public async Task Running_any_step_twice_changes_nothing()
    {
        await SqlAsync(Table);
        foreach (var step in (string[])["expand", "fill", "verify", "contract"])
        {
            string[] yes = step == "contract" ? ["--yes"] : [];
            (await IdsAsync(step, "people", "telegram_id", yes)).Succeeded();
            var once = await SnapshotAsync();
            (await IdsAsync(step, "people", "telegram_id", yes)).Succeeded();
            (await SnapshotAsync()).ShouldBe(once, step);
        }

        var done = await SnapshotAsync();
        foreach (var step in (string[])["expand", "fill", "verify", "plan"])
            (await IdsAsync(step, "people", "telegram_id")).Succeeded().ShouldContain("nothing left to do");
        (await MigrateAsync("people", "telegram_id")).Succeeded();
        (await SnapshotAsync()).ShouldBe(done);
    }

    [Fact]
    public async Task A_dry_run_of_any_step_at_any_time_changes_nothing()
    {
        await SqlAsync(Table);
        foreach (var step in (string[])["none", "expand", "fill"])
        {
            if (step != "none")
                (await IdsAsync(step, "people", "telegram_id")).Succeeded();
            var before = await SnapshotAsync();
            foreach (var dry in (string[])["plan", "expand", "fill", "contract", "rollback", "migrate"])
            {
                var answer = await IdsAsync(dry, "people", "telegram_id", "--dry-run");
                if (dry == "contract" && step != "fill")
                    answer.ExitCode.ShouldBe(1);
                else
                    answer.Succeeded().ShouldContain(dry == "rollback" && step == "none" ? "not begun" : "nothing was changed");
            }

            (await SnapshotAsync()).ShouldBe(before, step);
        }

        (await IdsAsync("contract", "people", "telegram_id", "--dry-run")).Output.ShouldContain("drop column \"telegram_id\";");
    }

    [Theory]
    [InlineData("expand")]
    [InlineData("fill")]
    [InlineData("prepared")]
    public async Task Rollback_restores_the_very_same_catalogue_and_rows(string until)
    {
        await SqlAsync(Table);
        await SqlAsync("comment on column people.telegram_id is 'kept'; grant select (telegram_id) on people to public");
        var before = await SnapshotAsync(places: false);
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        if (until != "expand")
            (await IdsAsync("fill", "people", "telegram_id", "--batch", "37")).Succeeded();
        if (until == "prepared")
        {
            // The contract builds indexes, and then its transaction fails.
            await SqlAsync(
                """
                create function hatcheck_ids.crash() returns trigger language plpgsql as $$ begin raise exception 'crash'; end $$;
                create trigger crash before update on hatcheck_ids.migrations for each row
                    when (new.phase = 'finishing') execute function hatcheck_ids.crash();
                """
            );
            (await IdsAsync("contract", "people", "telegram_id", "--yes")).ExitCode.ShouldBe(1);
            (await SnapshotAsync()).ShouldContain("INDEX hatcheck_ids_");
            await SqlAsync("drop trigger crash on hatcheck_ids.migrations; drop function hatcheck_ids.crash()");
        }

        (await IdsAsync("rollback", "people", "telegram_id", "--yes")).Succeeded();
        (await SnapshotAsync(places: false)).ShouldBe(before);
        (await IdsAsync("rollback", "people", "telegram_id", "--yes")).Succeeded().ShouldContain("nothing was changed");
        (await MigrateAsync("people", "telegram_id")).Succeeded();
    }

    [Fact]
    public async Task Rollback_refuses_where_a_row_has_nothing_but_the_hash_and_after_the_contract()
    {
        await SqlAsync("create table people (id int primary key, telegram_id bigint); insert into people values (1, 42)");
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        await SqlAsync($"insert into people values (2, null, '{Hash(43)}')");
        var before = await SnapshotAsync();
        var refused = await IdsAsync("rollback", "people", "telegram_id", "--yes");
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("1 rows have a replacement and no id");
        (await SnapshotAsync()).ShouldBe(before);

        (await MigrateAsync("people", "telegram_id")).Succeeded();
        (await RowsAsync("select telegram_id from people order by id")).ShouldBe([Hash(42), Hash(43)]);
        (await IdsAsync("rollback", "people", "telegram_id", "--yes")).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task A_contract_that_died_after_the_switch_is_finished_by_the_next()
    {
        await SqlAsync(Table);
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        // A failing statement of the last part stands for a crash between two of them.
        await SqlAsync(
            """
            create function hatcheck_ids.crash() returns trigger language plpgsql as $$ begin raise exception 'crash'; end $$;
            create trigger crash before delete on hatcheck_ids.remaining for each row
                when (old.place = 3) execute function hatcheck_ids.crash();
            """
        );
        (await IdsAsync("contract", "people", "telegram_id", "--yes")).ExitCode.ShouldBe(1);
        (await RowsAsync("select phase from hatcheck_ids.migrations")).ShouldBe(["finishing"]);
        (await IdsAsync("status", "people", "telegram_id")).Succeeded().ShouldContain("finishing");
        (await IdsAsync("rollback", "people", "telegram_id", "--yes")).ExitCode.ShouldBe(1);
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        (await CountAsync("select count(*) from people where telegram_id ~ '^[0-9a-f]{64}$'")).ShouldBe(400);

        await SqlAsync("drop trigger crash on hatcheck_ids.remaining; drop function hatcheck_ids.crash()");
        (await IdsAsync("contract", "people", "telegram_id", "--yes")).Succeeded();
        var shape = await SnapshotAsync();
        shape.ShouldNotContain("hatcheck_ids");
        shape.ShouldContain("telegram_id character varying(64) null=f");
    }

    [Fact]
    public async Task A_fill_that_stopped_goes_on_behind_its_checkpoint()
    {
        await SqlAsync(Table);
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        await SqlAsync(
            """
            create function stop() returns trigger language plpgsql as $$
                begin if new.id = 250 then raise exception 'stop'; end if; return new; end $$;
            create trigger stop before update on people for each row execute function stop();
            """
        );
        (await IdsAsync("fill", "people", "telegram_id", "--batch", "40")).ExitCode.ShouldBe(1);
        var filled = await CountAsync("select count(*) from people where telegram_id_hash is not null");
        filled.ShouldBeInRange(200, 249);
        (await CountAsync("select filled from hatcheck_ids.sites where column_name = 'telegram_id'")).ShouldBe(filled);
        await SqlAsync("drop trigger stop on people");
        var early = await RowsAsync("select ctid, xmin from people where telegram_id_hash is not null order by id");
        (await IdsAsync("fill", "people", "telegram_id", "--batch", "40")).Succeeded();
        (await RowsAsync($"select ctid, xmin from people where id <= {filled} order by id")).ShouldBe(early);
        (await IdsAsync("verify", "people", "telegram_id")).Succeeded();
    }

    [Fact]
    public async Task Nothing_without_a_way_back_is_done_unasked()
    {
        await SqlAsync(Table);
        foreach (var verb in (string[])["migrate", "contract", "rollback"])
        {
            var before = await SnapshotAsync();
            var refused = await IdsAsync(verb, "people", "telegram_id");
            refused.ExitCode.ShouldBe(2);
            refused.Error.ShouldContain("--yes");
            (await SnapshotAsync()).ShouldBe(before);
        }

        var no = await AskAsync("no\n");
        no.Succeeded().ShouldContain("Stopped before the contract");
        (await CountAsync("select count(*) from people where telegram_id > 0")).ShouldBe(400);
        (await AskAsync("yes\n")).Succeeded().ShouldContain("contracted");
    }

    private Task<Hatcheck.TestKit.CommandResult> AskAsync(string answer) =>
        CommandLine.RunAsync(
            [
                "ids",
                "migrate",
                "--database-file",
                File("database"),
                "--table",
                "people",
                "--column",
                "telegram_id",
                "--key-file",
                KeyFile,
            ],
            answer,
            interactive: true
        );
}

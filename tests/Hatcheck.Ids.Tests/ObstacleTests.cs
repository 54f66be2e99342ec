namespace Hatcheck.Ids.Tests;

/// <summary>Objects that can't be carried over are named beforehand, with a remedy, and nothing is changed.</summary>
public sealed class ObstacleTests : OwnersDatabase
{
    private const string Table =
        "create table people (id int primary key, telegram_id bigint, other int); insert into people values (1, 42);";

    [Theory]
    [InlineData("create view seen as select telegram_id from people", "The view seen uses public.people.telegram_id")]
    [InlineData("create index odd on people ((telegram_id % 10))", "The index odd of public.people is on an expression")]
    [InlineData(
        "create index odd on people (id) where telegram_id > 5",
        "The index odd of public.people is partial by a condition"
    )]
    [InlineData("alter table people add check (telegram_id > other)", "joins telegram_id to other columns")]
    [InlineData(
        "alter table people add half bigint generated always as (telegram_id / 2) stored",
        "A generated column of public.people"
    )]
    [InlineData(
        "alter table people enable row level security; create policy mine on people using (telegram_id = 1)",
        "policy mine on table people"
    )]
    [InlineData(
        "create function f() returns trigger language plpgsql as 'begin return new; end'; create trigger t before update of "
            + "telegram_id on people for each row execute function f()",
        "trigger t on table people"
    )]
    [InlineData("alter table people add telegram_id_hash text", "already has a column telegram_id_hash")]
    [InlineData("create unique index nulls on people (telegram_id) nulls not distinct", "counts NULLs as equal")]
    [InlineData("alter table people alter telegram_id type numeric", "is of type numeric")]
    [InlineData(
        "create table roots (tg bigint primary key); insert into roots "
            + "values (42); alter table people add foreign key (telegram_id) references roots",
        "refers to public.roots (tg), which holds the same ids"
    )]
    [InlineData(
        "create unique index one on people (telegram_id); create table logs (who bigint references people (telegram_id)); "
            + "create table logs_2025 () inherits (logs)",
        "public.logs is partitioned or inherits"
    )]
    [InlineData(
        "alter table people add constraint grown check (other > 0) not valid",
        "The check grown of public.people is not validated"
    )]
    [InlineData(
        "alter table people drop column telegram_id; alter table people add telegram_id varchar(32)[]",
        "is of type character varying(32)[]"
    )]
    [InlineData("create rule shadow as on update to people do also select 1", "public.people has rules on insert or update")]
    public async Task A_blocker_is_named_and_nothing_is_changed(string blocker, string said)
    {
        await SqlAsync(Table + blocker);
        var before = await SnapshotAsync();
        foreach (var verb in (string[])["plan", "expand", "migrate"])
        {
            var answer = await IdsAsync(verb, "people", "telegram_id", verb == "migrate" ? ["--yes"] : []);
            answer.ExitCode.ShouldBe(1, verb);
            string.Join(' ', answer.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ShouldContain(said);
        }

        (await SnapshotAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_blocker_that_came_after_the_fill_stops_the_contract()
    {
        await SqlAsync(Table);
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        await SqlAsync("create view seen as select telegram_id from people");
        (await IdsAsync("contract", "people", "telegram_id", "--yes")).ExitCode.ShouldBe(1);
        await SqlAsync(
            "drop view seen; create table late (who bigint); create unique index "
                + "on people (telegram_id); alter table late add foreign key (who) references people (telegram_id); "
                + "insert into late values (42)"
        );
        var stranger = await IdsAsync("contract", "people", "telegram_id", "--yes");
        stranger.ExitCode.ShouldBe(1);
        stranger.Error.ShouldContain("public.late.who refers to the column since the migration began");
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id")).Succeeded();
        (await IdsAsync("contract", "people", "telegram_id", "--yes")).Succeeded();
        (await RowsAsync("select who from late")).ShouldBe([Hash(42)]);
    }

    [Fact]
    public async Task Who_does_not_own_the_table_and_what_is_no_table_is_told()
    {
        await Database.ScalarAsync(
            "create table foreigners (id int primary key, telegram_id bigint); grant select "
                + "on foreigners to hatcheck_owner; create view shown as select 1 as telegram_id; select 1"
        );
        (await IdsAsync("plan", "foreigners", "telegram_id")).Output.ShouldContain("does not own public.foreigners");
        (await IdsAsync("plan", "shown", "telegram_id")).Error.ShouldContain("is not a table");
        await SqlAsync("create table parts (telegram_id bigint) partition by hash (telegram_id)");
        (await IdsAsync("plan", "parts", "telegram_id")).Error.ShouldContain("partitioned");
        (await IdsAsync("plan", "foreigners", "nothing")).Error.ShouldContain("has no column nothing");
        (await IdsAsync("fill", "foreigners", "telegram_id")).Error.ShouldContain("hatcheck ids expand");
    }

    [Fact]
    public async Task The_plan_names_what_the_owner_should_know()
    {
        await SqlAsync(
            $"""
            {Table}
            create table audit_log (telegram_id bigint);
            create function old(bigint) returns bigint language sql as 'select telegram_id from people where id = $1';
            create function touch() returns trigger language plpgsql as 'begin return new; end';
            create trigger touched before update on people for each row execute function touch();
            """
        );
        var plan = string.Join(
            ' ',
            (await IdsAsync("plan", "people", "telegram_id"))
                .Succeeded()
                .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        );
        foreach (
            var note in (string[])
                ["public.audit_log.telegram_id", "public.old", "touched on people", "locks:", "breaks:", "SELECT *"]
        )
            plan.ShouldContain(note);
    }
}

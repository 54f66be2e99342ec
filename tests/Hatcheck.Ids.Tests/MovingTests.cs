namespace Hatcheck.Ids.Tests;

/// <summary>Whole moves of tables of every shape: all is as before, with hashes in place of ids.</summary>
public sealed class MovingTests : OwnersDatabase
{
    [Fact]
    public async Task A_table_with_its_indexes_rights_and_referring_tables_is_moved_step_by_step()
    {
        await SqlAsync(
            """
            create table people (id bigserial primary key, telegram_id bigint not null unique check (telegram_id > 0), name text,
                invited_by bigint references people (telegram_id));
            create index people_by_name on people (name, telegram_id desc);
            create index people_lately on people using hash (telegram_id) where telegram_id is not null;
            comment on column people.telegram_id is 'who it is';
            comment on index people_by_name is 'for the list';
            grant select (telegram_id) on people to public;
            create table orders (id serial primary key, who bigint references people (telegram_id)
                on update cascade on delete set null deferrable initially deferred, what text);
            create table visits (who bigint not null, place int not null, primary key (who, place),
                foreign key (who) references people (telegram_id) on delete cascade);
            insert into people (telegram_id, name, invited_by)
                select 7000000000 + n, 'name ' || n, case when n > 1 then 7000000000 + n / 2 end from generate_series(1, 500) n;
            insert into orders (who, what)
                select case when n % 7 > 0 then 7000000000 + 1 + n % 500 end, 'thing ' || n from generate_series(1, 700) n;
            insert into visits select 7000000000 + n, p from generate_series(1, 100) n, generate_series(1, 3) p;
            """
        );
        (await IdsAsync("plan", "people", "telegram_id"))
            .Succeeded()
            .ShouldContain("The check people_telegram_id_check of public.people is about plain ids");
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        (await IdsAsync("fill", "people", "telegram_id", "--batch", "64")).Succeeded();
        (await IdsAsync("status", "people", "telegram_id"))
            .Succeeded()
            .ShouldContain("public.people.telegram_id\ttelegram_id_hash\t500\t500\t0");
        (await IdsAsync("verify", "people", "telegram_id")).Succeeded();
        (await IdsAsync("contract", "people", "telegram_id", "--yes")).Succeeded().ShouldContain("Where plaintext still lives");

        (await RowsAsync("select telegram_id, name, invited_by from people order by id limit 2")).ShouldBe([
            $"{Hash(7000000001)}|name 1|NULL",
            $"{Hash(7000000002)}|name 2|{Hash(7000000001)}",
        ]);
        (await CountAsync("select count(*) from people p join people i on i.telegram_id = p.invited_by")).ShouldBe(499);
        (await CountAsync("select count(*) from orders join people on who = telegram_id")).ShouldBe(600);
        (await CountAsync("select count(*) from visits join people on who = telegram_id")).ShouldBe(300);
        var shape = await SnapshotAsync();
        foreach (
            var kept in (string[])
                [
                    "public.people_telegram_id_key ON public.people USING btree (telegram_id) valid=t",
                    "INDEX people_by_name ON public.people USING btree (name, telegram_id DESC)",
                    "INDEX people_lately ON public.people USING hash (telegram_id) WHERE (telegram_id IS NOT NULL)",
                    "column people 5 telegram_id character varying(64) null=f  {=r/",
                    "who it is",
                    "constraint visits visits_pkey PRIMARY KEY (who, place) valid=t",
                    "constraint people people_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES people(telegram_id) valid=t",
                    "constraint orders orders_who_fkey FOREIGN KEY (who) REFERENCES people(telegram_id) ON UPDATE CASCADE ON "
                        + "DELETE SET NULL DEFERRABLE INITIALLY DEFERRED valid=t",
                    "constraint visits visits_who_fkey FOREIGN KEY (who) REFERENCES people(telegram_id) ON DELETE CASCADE "
                        + "valid=t",
                    "constraint people people_telegram_id_hashed CHECK (((telegram_id)::text ~ '^[0-9a-f]{64}$'::text)) valid=t",
                ]
        )
        {
            shape.Replace("UNIQUE INDEX people_telegram_id_key", "public.people_telegram_id_key").ShouldContain(kept);
        }

        shape.ShouldNotContain("hatcheck_ids");
        shape.ShouldNotContain("70000000");
        await Should.ThrowAsync<Npgsql.PostgresException>(() =>
            SqlAsync("insert into people (telegram_id) values ('7000009999')")
        );
    }

    [Theory]
    [InlineData("bigint")]
    [InlineData("integer")]
    [InlineData("text")]
    [InlineData("varchar(32)")]
    public async Task The_id_may_be_the_primary_key_itself_of_any_type(string type)
    {
        await SqlAsync(
            $"""
            create table accounts (telegram_id {type} primary key, note text);
            create table links (account {type} references accounts, other int, primary key (account, other));
            insert into accounts select (900000 + n)::text::{type}, 'note' from generate_series(1, 300) n;
            insert into links select (900000 + n)::text::{type}, 1 from generate_series(1, 300) n;
            """
        );
        (await MigrateAsync("accounts", "telegram_id", "--batch", "50")).Succeeded();
        (
            await CountAsync(
                "select count(*) from links join accounts on telegram_id = account where telegram_id ~ '^[0-9a-f]{64}$'"
            )
        ).ShouldBe(300);
        (await CountAsync($"select count(*) from accounts where telegram_id = '{Hash(900001)}'")).ShouldBe(1);
        (await SnapshotAsync()).ShouldContain("constraint accounts accounts_pkey PRIMARY KEY (telegram_id) valid=t");
    }

    [Fact]
    public async Task Composite_keys_and_their_references_are_carried()
    {
        await SqlAsync(
            """
            create table members (bot int, telegram_id bigint, name text, primary key (bot, telegram_id));
            create table warnings (id serial primary key, bot int, who bigint,
                foreign key (bot, who) references members (bot, telegram_id) match full on update cascade);
            insert into members select n % 3, 500 + n, 'x' from generate_series(1, 90) n;
            insert into members select 7, 500 + n, 'the same people elsewhere' from generate_series(1, 90) n;
            insert into warnings (bot, who) select 7, 500 + n from generate_series(1, 90) n;
            """
        );
        (await MigrateAsync("members", "telegram_id")).Succeeded();
        (await CountAsync("select count(*) from warnings w join members m on (m.bot, m.telegram_id) = (w.bot, w.who)")).ShouldBe(
            90
        );
        (await SnapshotAsync()).ShouldContain(
            "FOREIGN KEY (bot, who) REFERENCES members(bot, telegram_id) MATCH FULL ON UPDATE CASCADE valid=t"
        );
    }

    [Fact]
    public async Task Names_with_capitals_dots_and_quotes_in_another_schema_are_understood()
    {
        await SqlAsync(
            """
            create schema "Shop 2";
            create table "Shop 2"."Odd.""Table" ("Id" uuid primary key default gen_random_uuid(),
                "Telegram ID" text unique, "select" int);
            create index "An Index" on "Shop 2"."Odd.""Table" ("select", "Telegram ID");
            insert into "Shop 2"."Odd.""Table" ("Telegram ID") select n::text from generate_series(1, 20) n;
            """
        );
        (await MigrateAsync("\"Shop 2\".\"Odd.\"\"Table\"", "Telegram ID")).Succeeded();
        (await CountAsync($"select count(*) from \"Shop 2\".\"Odd.\"\"Table\" where \"Telegram ID\" = '{Hash(7)}'")).ShouldBe(1);
        (await SnapshotAsync()).ShouldContain(
            "CREATE INDEX \"An Index\" ON \"Shop 2\".\"Odd.\"\"Table\" USING btree (\"select\", \"Telegram ID\")"
        );

        await SqlAsync(
            """create table "MixedCase" (id int primary key, "TgId" bigint); insert into "MixedCase" values (1, 42)"""
        );
        (await MigrateAsync("MixedCase", "TgId")).Succeeded();
        (await RowsAsync("""select "TgId" from "MixedCase" """)).ShouldBe([Hash(42)]);
        (await IdsAsync("plan", "mixedcase", "TgId")).Error.ShouldContain("There is no table mixedcase");
    }

    [Fact]
    public async Task An_empty_table_and_a_column_full_of_nulls_are_moved_too()
    {
        await SqlAsync(
            "create table nobody (id int primary key, telegram_id bigint unique); create table unknown (id int primary key, "
                + "telegram_id bigint); insert into unknown select n from generate_series(1, 100) n"
        );
        (await MigrateAsync("nobody", "telegram_id")).Succeeded();
        (await MigrateAsync("unknown", "telegram_id")).Succeeded();
        (await CountAsync("select count(*) from unknown where telegram_id is null")).ShouldBe(100);
        (await SnapshotAsync()).ShouldContain("column nobody 3 telegram_id character varying(64) null=t");
    }

    [Fact]
    public async Task A_table_without_a_primary_key_and_with_duplicates_is_moved()
    {
        await SqlAsync(
            "create table log (telegram_id bigint not null, at int); create index on log (telegram_id); insert into log "
                + "select 100 + n % 5, n from generate_series(1, 1000) n"
        );
        (await MigrateAsync("log", "telegram_id", "--batch", "100")).Succeeded();
        (await CountAsync("select count(distinct telegram_id) from log")).ShouldBe(5);
        (await CountAsync($"select count(*) from log where telegram_id = '{Hash(103)}'")).ShouldBe(200);
    }

    [Fact]
    public async Task The_new_column_may_keep_its_own_name()
    {
        await SqlAsync(
            "create table people (id int primary key, telegram_id bigint not null unique); insert into people values (1, 42)"
        );
        (await MigrateAsync("people", "telegram_id", "--keep-column-name")).Succeeded();
        (await RowsAsync("select * from people")).ShouldBe([$"1|{Hash(42)}"]);
        (await SnapshotAsync()).ShouldContain("(telegram_id_hash)");
        (await IdsAsync("status", "people", "telegram_id")).Succeeded().ShouldContain("contracted");
        (await MigrateAsync("people", "telegram_id")).Succeeded().ShouldContain("nothing left to do");
    }

    [Fact]
    public async Task Groups_which_have_negative_ids_are_hashed_under_either_scheme()
    {
        await SqlAsync(
            "create table chats (id int primary key, chat bigint); insert into chats "
                + "values (1, -1001234567890), (2, 7012345678); create table copies as table chats; alter table copies "
                + "add primary key (id)"
        );
        (await MigrateAsync("chats", "chat")).Succeeded();
        (await RowsAsync("select chat from chats order by id")).ShouldBe([Hash(-1001234567890), Hash(7012345678)]);
        // The published vectors of scheme 1, docs/reference/blind-index.md.
        PrivateText(File("hex.key"), "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        (
            await MigrateAsync("copies", "chat", "--key-file", File("hex.key"), "--key-encoding", "hex", "--scheme", "1")
        ).Succeeded();
        (await RowsAsync("select chat from copies order by id")).ShouldBe([
            "a5f2462c34b4729799d5998ae2ea9b76f39207efbeb9b4aad35e1d36a08e17fa",
            "688db7dc08d1db223982514d9fddd9a6500d176441763746a426cdf7601e633b",
        ]);
    }
}

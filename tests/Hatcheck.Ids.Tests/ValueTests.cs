using Hatcheck.Ids.Values;

namespace Hatcheck.Ids.Tests;

/// <summary>Odd values in columns of ids.</summary>
public sealed class ValueTests : OwnersDatabase
{
    private static readonly string lookAlike = new('a', 64);

    [Theory]
    [InlineData("42", 42)]
    [InlineData("-1001234567890", -1001234567890)]
    [InlineData("4503599627370496", 4503599627370496)]
    public void Plain_decimal_numbers_are_ids_strictly_or_not(string value, long id)
    {
        new IdText(Normalize: false, KeepHashed: false).Read(value).ShouldBe(IdVerdict.Of(id));
        new IdText(Normalize: true, KeepHashed: true).Read(value).ShouldBe(IdVerdict.Of(id));
    }

    [Theory]
    [InlineData(" 00123 ", 123)]
    [InlineData("+5", 5)]
    [InlineData("007", 7)]
    [InlineData("\t8\n", 8)]
    [InlineData("-0012", -12)]
    public void Another_spelling_is_an_id_only_with_normalize(string value, long id)
    {
        new IdText(Normalize: false, KeepHashed: false).Read(value).Refusal.ShouldNotBeNull().ShouldContain("--normalize");
        new IdText(Normalize: true, KeepHashed: false).Read(value).ShouldBe(IdVerdict.Of(id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("--1")]
    [InlineData("+-1")]
    [InlineData("1 2")]
    [InlineData("1e3")]
    [InlineData("12.0")]
    [InlineData("٣")]
    [InlineData("@canary_name")]
    [InlineData("4503599627370497")]
    [InlineData("99999999999999999999999999")]
    public void Whatever_else_is_refused_without_being_repeated(string value)
    {
        var reason = new IdText(Normalize: true, KeepHashed: true).Read(value).Refusal.ShouldNotBeNull();
        if (value.Trim().Length > 3)
            reason.ShouldNotContain(value.Trim());
    }

    [Fact]
    public void What_looks_hashed_is_kept_only_where_that_was_said()
    {
        new IdText(Normalize: true, KeepHashed: false).Read(lookAlike).Refusal.ShouldNotBeNull().ShouldContain("looks hashed");
        new IdText(Normalize: false, KeepHashed: true).Read(lookAlike).Hashed.ShouldBe(lookAlike);
        // Capitals are not an index value.
        new IdText(Normalize: false, KeepHashed: true)
            .Read(lookAlike.ToUpperInvariant())
            .Refusal.ShouldNotBeNull();
    }

    [Fact]
    public async Task Rejected_rows_stop_the_contract_and_are_listed_by_their_key_without_their_value()
    {
        await OddTableAsync();
        var plan = await IdsAsync("plan", "people", "telegram_id", "--json");
        plan.ExitCode.ShouldBe(1);
        Result(plan).GetProperty("columns")[0].GetProperty("rejected").GetInt64().ShouldBe(5);
        (await IdsAsync("expand", "people", "telegram_id")).Succeeded();
        var fill = await IdsAsync("fill", "people", "telegram_id", "--rejects", File("rejects.csv"));
        fill.ExitCode.ShouldBe(1);
        fill.Output.ShouldContain("5 rows hold no id");
        var lines = await System.IO.File.ReadAllLinesAsync(File("rejects.csv"));
        lines[0].ShouldBe("table,column,row,reason");
        lines.Length.ShouldBe(6);
        string.Join("\n", lines).ShouldContain("\npublic.people,telegram_id,3,not a decimal number\n");
        if (!OperatingSystem.IsWindows())
            System.IO.File.GetUnixFileMode(File("rejects.csv")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var stored = string.Join(
            '\n',
            await RowsAsync(
                "select r::text from hatcheck_ids.rejects r union all select s::text from hatcheck_ids.sites s union all "
                    + "select m::text from hatcheck_ids.migrations m"
            )
        );
        foreach (var text in (string[])[string.Join('\n', lines), stored, fill.Output, fill.Error, plan.Output, plan.Error])
        {
            text.ShouldNotContain("canary");
            text.ShouldNotContain("00777");
            text.ShouldNotContain(lookAlike);
        }

        var before = await SnapshotAsync();
        (await IdsAsync("contract", "people", "telegram_id", "--yes")).ExitCode.ShouldBe(1);
        (await SnapshotAsync()).ShouldBe(before);

        // A writer mends one; a fill with the right options takes two more; the rest become NULL.
        await SqlAsync("update people set telegram_id = '303' where id = 3");
        (await IdsAsync("fill", "people", "telegram_id", "--normalize", "--keep-hashed")).ExitCode.ShouldBe(1);
        (await IdsAsync("contract", "people", "telegram_id", "--on-reject", "null", "--yes")).Succeeded();
        (await RowsAsync("select id, telegram_id from people order by id")).ShouldBe([
            $"1|{Hash(101)}",
            "2|NULL",
            $"3|{Hash(303)}",
            $"4|{Hash(777)}",
            $"5|{lookAlike}",
            "6|NULL",
            "7|NULL",
        ]);
    }

    [Fact]
    public async Task Rejects_of_a_table_whose_key_is_the_id_are_named_by_their_place()
    {
        await SqlAsync(
            "create table accounts (telegram_id text primary key); insert into accounts values ('55'), ('canary_name')"
        );
        (await IdsAsync("plan", "accounts", "telegram_id", "--rejects", File("rejects.csv"))).ExitCode.ShouldBe(1);
        (await System.IO.File.ReadAllLinesAsync(File("rejects.csv")))[1]
            .ShouldBe("public.accounts,telegram_id,\"ctid (0,2)\",not a decimal number");
        var refused = await MigrateAsync("accounts", "telegram_id", "--on-reject", "null");
        refused.ExitCode.ShouldBe(1);
        refused.Output.ShouldContain("may not be NULL");
    }

    [Fact]
    public async Task Two_spellings_of_one_person_in_a_unique_column_are_told_before_anything_changes()
    {
        await SqlAsync(
            "create table people (id int primary key, telegram_id text unique); insert into people "
                + "values (1, '123'), (2, ' 0123'), (3, '9')"
        );
        var before = await SnapshotAsync();
        foreach (var verb in (string[])["plan", "migrate"])
        {
            var answer = await IdsAsync(
                verb,
                "people",
                "telegram_id",
                ["--normalize", .. verb == "migrate" ? (string[])["--yes"] : []]
            );
            answer.ExitCode.ShouldBe(1);
            answer.Output.ShouldContain(
                "people_telegram_id_key of public.people is unique, and 1 ids occur in several spellings"
            );
        }

        (await SnapshotAsync()).ShouldBe(before);

        // If it isn't unique, they are one user afterwards.
        await SqlAsync("alter table people drop constraint people_telegram_id_key");
        (await MigrateAsync("people", "telegram_id", "--normalize")).Succeeded();
        (await CountAsync($"select count(*) from people where telegram_id = '{Hash(123)}'")).ShouldBe(2);
    }

    [Fact]
    public async Task A_person_who_is_there_readable_and_hashed_is_told_before_anything_changes()
    {
        await SqlAsync(
            "create table people (id int primary key, telegram_id text unique); insert into people "
                + $"values (1, '123'), (2, '{Hash(123)}'), (3, '{Hash(4)}')"
        );
        var answer = await MigrateAsync("people", "telegram_id", "--keep-hashed");
        answer.ExitCode.ShouldBe(1);
        answer.Output.ShouldContain("1 ids occur both readable and hashed");
        await SqlAsync("delete from people where id = 2");
        (await MigrateAsync("people", "telegram_id", "--keep-hashed")).Succeeded();
        (await RowsAsync("select telegram_id from people order by id")).ShouldBe([Hash(123), Hash(4)]);
    }

    private Task OddTableAsync() =>
        SqlAsync(
            $"""
            create table people (id int primary key, telegram_id text);
            create index on people (telegram_id text_pattern_ops);
            insert into people values (1, '101'), (2, null), (3, 'canary_name'), (4, ' 00777'),
                (5, '{lookAlike}'), (6, ''), (7, '99999999999999999999');
            """
        );
}

using Hatcheck.TestKit;

namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>The owner's program writes during the move; no acknowledged write is lost.</summary>
public sealed class WritersDuringMoveTests
{
    private const int People = 1_500;
    private static readonly string[] batches = ["--batch", "50"];

    [Fact]
    public async Task What_writers_were_told_before_during_and_after_a_move_is_what_stands_there_hashed()
    {
        await using var database = await Ids.People.CreateAsync(people: People);
        await JudgeAsync(
            database,
            async writers =>
            {
                await writers.WaitForAsync(100);
                foreach (var verb in new[] { "expand", "fill", "contract" })
                {
                    await using var tool = database.Move(verb, verb == "contract" ? ["--yes"] : batches);
                    await tool.SucceedAsync();
                    await writers.WaitForAsync(50);
                }
            }
        );
    }

    [Fact]
    public async Task A_database_that_is_killed_and_restarted_in_the_midst_costs_nothing_but_time()
    {
        Assert.SkipUnless(PostgresServer.CanStart, PostgresServer.HowToGetIt);
        await using var server = await PostgresServer.StartAsync(new PostgresOptions { Durable = true });
        await using var database = await Ids.People.CreateAsync(server, People);
        await JudgeAsync(
            database,
            async writers =>
            {
                await using (var expand = database.Move("expand"))
                    await expand.SucceedAsync();
                for (var round = 0; round < 2; round++)
                {
                    await using var fill = database.Move("fill", "--batch", "5");
                    await UntilHashedAsync(database, fill, (round + 1) * 300);
                    fill.HasEnded.ShouldBeFalse(fill.Printed);
                    await (round == 0 ? server.KillAsync() : server.StopAsync());
                    await server.StartAgainAsync();
                    await fill.SucceedAsync();
                    if (round == 0)
                        await database.ExecuteAsync("update people set telegram_user_id_hash = null where id > 300");
                }

                await using var contract = database.Move("contract", "--yes");
                await contract.SucceedAsync();
            }
        );
    }

    [Fact]
    public async Task Two_fills_at_once_do_no_more_harm_than_one()
    {
        await using var database = await Ids.People.CreateAsync(people: People);
        await JudgeAsync(
            database,
            async _ =>
            {
                await using (var expand = database.Move("expand"))
                    await expand.SucceedAsync();
                await using (var one = database.Move("fill", batches))
                await using (var other = database.Move("fill", batches))
                {
                    var codes = new[] { await one.EndAsync(), await other.EndAsync() };
                    // Either both succeed, or the later one reports that another is running.
                    codes.ShouldContain(0, one.Printed + other.Printed);
                    codes.ShouldAllBe(code => code == 0 || code == 1, one.Printed + other.Printed);
                }

                await using (var fill = database.Move("fill", batches))
                    await fill.SucceedAsync();
                await using var contract = database.Move("contract", "--yes");
                await contract.SucceedAsync();
            }
        );
    }

    [Fact]
    public async Task A_table_that_is_rewritten_in_the_midst_gets_no_row_the_hash_of_another()
    {
        // Rows of one load share a transaction id, and a rewrite changes their places.
        await using var database = await Ids.People.CreateAsync(people: 300);
        await using (var expand = database.Move("expand"))
            await expand.SucceedAsync();
        await using var fill = database.Move("fill", "--batch", "5");
        await UntilHashedAsync(database, fill, 5);
        for (var rewrites = 0; rewrites < 20; rewrites++)
            await database.ExecuteAsync(rewrites % 2 == 0 ? "vacuum full people" : "vacuum full visits");
        await fill.SucceedAsync();
        await using (var verify = database.Move("verify"))
            await verify.SucceedAsync();
        foreach (
            var row in await database.ColumnAsync(
                "select telegram_user_id || ' ' || telegram_user_id_hash from people where telegram_user_id is not null"
            )
        )
        {
            row.Split(' ')[1].ShouldBe(OwnersDatabase.HashOf(row.Split(' ')[0]));
        }
    }

    private static async Task JudgeAsync(OwnersDatabase database, Func<Writers, Task> moving)
    {
        var untouched = (await database.ColumnAsync("select id || ' ' || coalesce(telegram_user_id::text, '') from people"))
            .Select(row => row.Split(' '))
            .ToDictionary(row => long.Parse(row[0]), row => row[1].Length == 0 ? (long?)null : long.Parse(row[1]));
        var seed = Random.Shared.Next(1_000_000);
        var writers = new Writers(database, seed);
        await writers.WriteDuringAsync(() => moving(writers));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"seed {seed}: {writers.Acknowledged} acknowledged, {writers.AfterTheMove} of them hashed by the writers"
        );
        await writers.JudgeAsync(untouched);
    }

    private static async Task UntilHashedAsync(OwnersDatabase database, IdsProcess fill, int rows)
    {
        while (
            int.Parse(await database.ScalarAsync("select count(*) from people where telegram_user_id_hash is not null")) < rows
        )
        {
            fill.HasEnded.ShouldBeFalse(fill.Printed);
            await Task.Delay(5);
        }
    }
}

using Hatcheck.TestKit;

namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>
/// `hatcheck ids` killed anywhere by SIGKILL and started again ends like an undisturbed move.
/// </summary>
public sealed class KilledMoveTests
{
    [Fact]
    public async Task Killed_at_every_batch_boundary_and_inside_every_batch_a_fill_resumes_to_the_same_end()
    {
        await using var database = await People.CreateAsync();
        await using (var expand = database.Move("expand"))
            await expand.SucceedAsync();
        var kills = 0;
        await using (var gate = await Gate.BuildAsync(database))
        {
            // Batches of 7: the first row of each, where all before is committed, and one in the middle.
            foreach (var table in new[] { "people", "visits" })
            {
                for (var row = 1; row <= People.Count; row += row % 7 == 1 ? 3 : 4)
                {
                    await gate.HoldRowAsync(table, row);
                    await using var fill = database.Move("fill", "--batch", "7");
                    if (await gate.CaughtAsync(fill))
                    {
                        (await fill.KillAsync()).ShouldBeTrue(fill.Printed);
                        kills++;
                        await gate.DeadLetterAsync(atOnce: kills % 2 == 0);
                    }

                    await gate.LetRowGoAsync();
                    await ShouldBeSoundAsync(database);
                }
            }
        }

        kills.ShouldBeGreaterThan(15, "a batch was never met");
        await EndAsync(database);
    }

    [Fact]
    public async Task Killed_after_any_of_its_commands_that_change_the_schema_a_move_comes_to_the_same_end()
    {
        await using var database = await People.CreateAsync();
        await using (var gate = await Gate.BuildAsync(database))
        {
            for (var command = 1; ; command++)
            {
                command.ShouldBeLessThan(100);
                await gate.CloseAfterAsync(command);
                await using var tool = database.Move("migrate", "--yes", "--batch", "7");
                if (!await gate.CaughtAsync(tool))
                {
                    await tool.SucceedAsync();
                    TestContext.Current.TestOutputHelper!.WriteLine($"{command - 1} kills");
                    command.ShouldBeGreaterThan(5);
                    break;
                }

                (await tool.KillAsync()).ShouldBeTrue(tool.Printed);
                await gate.DeadLetterAsync(atOnce: command % 2 == 0);
                await gate.OpenAsync();
            }
        }

        await EndAsync(database);
    }

    [Fact]
    public async Task Killed_at_random_moments_a_move_comes_to_the_same_end()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var database = await People.CreateAsync();
        for (var round = 0; round < FaultRounds.Count; round++)
        {
            await using var tool = database.Move("migrate", "--yes", "--batch", "3");
            // Delays from before it can connect to about its whole duration.
            await Task.Delay(random.Next(200, 1500));
            await tool.KillAsync();
        }

        await EndAsync(database);
    }

    [Fact]
    public async Task A_killed_rollback_is_finished_by_the_next_and_leaves_the_table_as_it_was()
    {
        await using var database = await People.CreateAsync();
        var before = await database.SnapshotAsync();
        await using (var gate = await Gate.BuildAsync(database))
        {
            for (var command = 1; ; command++)
            {
                await gate.OpenAsync();
                if (command == 1)
                {
                    foreach (var verb in new[] { "expand", "fill" })
                    {
                        await using var first = database.Move(verb);
                        await first.SucceedAsync();
                    }
                }

                await gate.CloseAfterAsync(command);
                await using var rollback = database.Move("rollback", "--yes");
                if (!await gate.CaughtAsync(rollback))
                {
                    await rollback.SucceedAsync();
                    command.ShouldBeGreaterThan(1);
                    break;
                }

                (await rollback.KillAsync()).ShouldBeTrue();
                await gate.DeadLetterAsync(atOnce: command % 2 == 0);
            }
        }

        (await database.SnapshotAsync()).ShouldBe(before);
    }

    /// <summary>All rows written so far are right, and no id is lost.</summary>
    private static async Task ShouldBeSoundAsync(OwnersDatabase database)
    {
        foreach (var (table, column) in new[] { ("people", "telegram_user_id"), ("visits", "person") })
        {
            foreach (
                var row in await database.ColumnAsync(
                    $"select {column} || ' ' || {column}_hash from {table} where {column}_hash is not null"
                )
            )
            {
                row.Split(' ')[1].ShouldBe(OwnersDatabase.HashOf(row.Split(' ')[0]));
            }
        }
    }

    /// <summary>Resumes to the end of an undisturbed move; another run changes nothing.</summary>
    private static async Task EndAsync(OwnersDatabase database)
    {
        var undisturbed = await People.MovedAsync();
        for (var again = 0; again < 2; again++)
        {
            await using var tool = database.Move("migrate", "--yes", "--batch", "7");
            await tool.SucceedAsync();
            (await database.SnapshotAsync()).ShouldBe(undisturbed);
        }
    }
}

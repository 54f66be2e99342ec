using Hatcheck.Platform;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Storage;

/// <summary>Repeats of a change that met another one: with random pauses, bounded, and reported when they give up.</summary>
public sealed class RepeatTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    [Fact]
    public void Pauses_are_by_chance_and_bounded_and_the_first_repeat_has_none()
    {
        Database.PauseBefore(1).ShouldBe(TimeSpan.Zero);
        Database.PauseBefore(2).ShouldBe(TimeSpan.Zero);
        var pauses = Enumerable.Range(3, 48).Select(Database.PauseBefore).ToList();
        pauses.ShouldAllBe(pause => pause >= TimeSpan.Zero && pause <= TimeSpan.FromMilliseconds(20));
        pauses.Distinct().Count().ShouldBeGreaterThan(40);
        Enumerable.Range(0, 100).Select(_ => Database.PauseBefore(50)).Distinct().Count().ShouldBeGreaterThan(90);
    }

    [Fact]
    public async Task A_change_that_meets_others_each_time_is_told_of_once_and_a_stop_ends_it()
    {
        var (all, attempts) = (database.Node.Services.GetRequiredService<Database>(), 0);
        var before = Told();
        Task<Outcome<int>> BusyAsync()
        {
            attempts++;
            return Task.FromResult<Outcome<int>>(new Refusal.Busy());
        }

        (await all.RepeatAsync(BusyAsync, default)).Refusal.ShouldBe(new Refusal.Busy());
        (attempts, Told() - before).ShouldBe((50, 1));
        using var stop = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() =>
            all.RepeatAsync(
                async () =>
                {
                    await stop.CancelAsync();
                    return await BusyAsync();
                },
                stop.Token
            )
        );
        (attempts, Told() - before).ShouldBe((51, 1));
    }

    private int Told() => database.Node.Log.ToString().Split("in all 50 attempts").Length - 1;
}

using System.Text.Json.Nodes;

namespace Hatcheck.Simulator.Tests;

public sealed class PollingTests
{
    [Fact]
    public async Task What_is_not_confirmed_comes_again_and_an_offset_confirms()
    {
        await using var sim = await Simulated.StartAsync();
        foreach (var text in (string[])["one", "two", "three"])
            await sim.Says(text);
        var first = await sim.Updates(new { limit = 2 });
        Texts(first).ShouldBe(["one", "two"]);
        Texts(await sim.Updates(new { limit = 2 })).ShouldBe(["one", "two"]);
        Texts(await sim.Updates(new { offset = Id(first[1]!) + 1 })).ShouldBe(["three"]);
        Texts(await sim.Updates()).ShouldBe(["three"]);
    }

    [Fact]
    public async Task A_negative_offset_counts_from_the_end_and_forgets_the_rest()
    {
        await using var sim = await Simulated.StartAsync();
        foreach (var text in (string[])["one", "two", "three"])
            await sim.Says(text);
        Texts(await sim.Updates(new { offset = -1 })).ShouldBe(["three"]);
        Texts(await sim.Updates()).ShouldBe(["three"]);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1_000)]
    [InlineData(0)]
    public async Task An_offset_below_all_updates_forgets_none(long offset)
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("one");
        Texts(await sim.Updates(new { offset })).ShouldBe(["one"]);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(100, 100)]
    [InlineData(1_000, 100)]
    public async Task Limits_are_held_between_1_and_100(int asked, int given)
    {
        await using var sim = await Simulated.StartAsync();
        for (var i = 0; i < 101; i++)
            await sim.Says($"{i}");
        (await sim.Updates(new { limit = asked })).Count.ShouldBe(given);
    }

    [Fact]
    public async Task A_long_poll_ends_with_the_first_update()
    {
        await using var sim = await Simulated.StartAsync();
        var poll = sim.Updates(new { timeout = 50 });
        await Polling(sim);
        poll.IsCompleted.ShouldBeFalse();
        await sim.Says("there");
        Texts(await poll).ShouldBe(["there"]);
    }

    [Fact]
    public async Task A_long_poll_ends_empty_after_its_time_and_50_seconds_at_most()
    {
        await using var sim = await Simulated.StartAsync();
        var poll = sim.Updates(new { timeout = 500 });
        (await sim.Time.NextTimer()).ShouldBe(50);
        sim.Time.Advance(TimeSpan.FromSeconds(50));
        (await poll).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_second_poller_ends_the_first_one()
    {
        await using var sim = await Simulated.StartAsync();
        var first = sim.Call("getUpdates", new { timeout = 50 });
        await Polling(sim);
        var second = sim.Updates(new { timeout = 50 });
        (await first)
            .ToJsonString()
            .ShouldBe(
                """{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request; """
                    + """make sure that only one bot instance is running"}"""
            );
        await sim.Says("for the second");
        Texts(await second).ShouldBe(["for the second"]);
    }

    [Fact]
    public async Task Polling_is_a_conflict_while_a_webhook_is_set_and_a_new_webhook_ends_the_poll()
    {
        await using var sim = await Simulated.StartAsync();
        var poll = sim.Call("getUpdates", new { timeout = 50 });
        await Polling(sim);
        await sim.Ok("setWebhook", new { url = "http://127.0.0.1:9/" });
        (await poll)["description"]!.GetValue<string>().ShouldBe("Conflict: terminated by setWebhook request");
        (await sim.Refused("getUpdates")).ShouldBe(
            "409 Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        );
        await sim.Ok("deleteWebhook");
        await sim.Updates();
    }

    [Fact]
    public async Task Only_allowed_updates_come_and_the_choice_is_remembered()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Updates(new { allowed_updates = new[] { "callback_query" } });
        await sim.Says("unwanted");
        (await sim.Updates()).ShouldBeEmpty();
        await sim.Updates(new { allowed_updates = Array.Empty<string>() });
        await sim.Says("wanted");
        Texts(await sim.Updates()).ShouldBe(["wanted"]);
    }

    [Fact]
    public async Task Updates_are_kept_for_24_hours()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("old");
        sim.Time.Advance(TimeSpan.FromHours(12));
        await sim.Says("young");
        sim.Time.Advance(TimeSpan.FromHours(13));
        Texts(await sim.Updates()).ShouldBe(["young"]);
    }

    [Fact]
    public async Task A_poller_that_hangs_up_loses_nothing()
    {
        await using var sim = await Simulated.StartAsync();
        using (var hangUp = new CancellationTokenSource())
        {
            var poll = sim.Http.GetAsync($"/bot{Simulated.Token}/getUpdates?timeout=50", hangUp.Token);
            await Polling(sim);
            await hangUp.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(poll);
        }

        await sim.Says("still here");
        Texts(await sim.Updates()).ShouldBe(["still here"]);
    }

    /// <summary>Waits until the bot polls.</summary>
    private static async Task Polling(Simulated sim)
    {
        while ((await sim.Get("/sim/bots"))[0]!["mode"]!.GetValue<string>() != "polling")
            await Task.Delay(5);
    }

    private static long Id(JsonNode update) => update["update_id"]!.GetValue<long>();

    private static IEnumerable<string> Texts(JsonArray updates) =>
        updates.Select(u => u!["message"]!["text"]!.GetValue<string>());
}

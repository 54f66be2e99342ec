using System.Text.Json.Nodes;

namespace Hatcheck.Simulator.Tests;

public sealed class FaultTests
{
    [Fact]
    public async Task Every_third_call_is_one_too_many()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Faults(new { too_many_requests_every = 3 });
        await sim.Ok("getMe");
        await sim.Ok("getMe");
        (await sim.Call("getMe"))
            .ToJsonString()
            .ShouldBe(
                """
                {"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1",
                "parameters":{"retry_after":1}}
                """.ReplaceLineEndings("")
            );
        await sim.Ok("getMe");
    }

    [Fact]
    public async Task Every_second_call_meets_a_broken_server_and_does_nothing()
    {
        await using var sim = await Simulated.StartAsync(o => o.Faults = new SimulatorFaults { ServerErrorEvery = 2 });
        await sim.Says("hi");
        await sim.Ok("sendMessage", new { chat_id = Simulated.Ada, text = "sent" });
        (await sim.Refused("sendMessage", new { chat_id = Simulated.Ada, text = "lost" })).ShouldBe("502 Bad Gateway");
        (await sim.Chat()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_dropped_connection_leaves_the_bot_without_an_answer_though_the_message_went_out()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("hi");
        await sim.Faults(new { drop_connection_every = 1 });
        await Should.ThrowAsync<HttpRequestException>(() =>
            sim.Call("sendMessage", new { chat_id = Simulated.Ada, text = "sent all the same" })
        );
        (await sim.Chat()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_doubled_update_comes_twice_under_one_id()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Faults(new { duplicate_update_every = 1 });
        await sim.Says("twice");
        Texts(await sim.Updates()).ShouldBe(["twice", "twice"]);
        Texts(await sim.Updates()).ShouldBe(["twice"], "what is not confirmed comes again, but is doubled only once");
    }

    [Fact]
    public async Task Neighbours_change_places()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Faults(new { reorder_updates = true });
        foreach (var text in (string[])["0", "1", "2", "3", "4"])
            await sim.Says(text);
        Texts(await sim.Updates()).ShouldBe(["1", "0", "3", "2", "4"]);
    }

    [Fact]
    public async Task Faults_hit_webhooks_too()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        await sim.Faults(new { reorder_updates = true, duplicate_update_every = 1 });
        await sim.Says("0");
        await sim.Says("1");
        await sim.Ok("setWebhook", new { url = bot.Url });
        for (var i = 0; i < 4; i++)
            await bot.Next();
        bot.Got.Select(g => g.Update["message"]!["text"]!.GetValue<string>()).ShouldBe(["1", "1", "0", "0"]);
    }

    [Fact]
    public async Task A_delay_holds_every_call_back()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Faults(new { delay_ms = 1_500 });
        var call = sim.Ok("getMe");
        (await sim.Time.NextTimer()).ShouldBe(1.5);
        call.IsCompleted.ShouldBeFalse();
        sim.Time.Advance(TimeSpan.FromSeconds(1.5));
        await call;
    }

    [Theory]
    [InlineData("""{"delay_ms":-1}""")]
    [InlineData("""{"delay_ms":60001}""")]
    [InlineData("""{"too_many_requests_every":-2}""")]
    [InlineData("""{"chaos":true}""")]
    [InlineData("""{"delay_ms":"1"}""")]
    [InlineData("null")]
    [InlineData("{")]
    public async Task Impossible_knobs_are_refused_and_change_nothing(string knobs)
    {
        await using var sim = await Simulated.StartAsync();
        using var content = new StringContent(knobs, System.Text.Encoding.UTF8, "application/json");
        using var response = await sim.Http.PutAsync("/sim/faults", content);
        ((int)response.StatusCode).ShouldBe(400);
        (await sim.Get("/sim/faults"))
            .ToJsonString()
            .ShouldBe(
                """
                {"delay_ms":0,"too_many_requests_every":0,"server_error_every":0,"duplicate_update_every":0,
                "reorder_updates":false,"drop_connection_every":0}
                """.ReplaceLineEndings("")
            );
    }

    [Fact]
    public async Task One_message_a_second_in_a_chat_after_a_small_burst()
    {
        await using var sim = await Simulated.StartAsync(o => o.Pace = true);
        await sim.Says("hi");
        for (var i = 0; i < 3; i++)
            await sim.Ok("sendMessage", new { chat_id = Simulated.Ada, text = $"{i}" });
        var refused = await sim.Call("sendMessage", new { chat_id = Simulated.Ada, text = "too fast" });
        refused["parameters"]!["retry_after"]!.GetValue<int>().ShouldBe(1);
        refused["description"]!.GetValue<string>().ShouldBe("Too Many Requests: retry after 1");
        sim.Time.Advance(TimeSpan.FromSeconds(1));
        await sim.Ok("sendMessage", new { chat_id = Simulated.Ada, text = "in time" });
        (await sim.Refused("sendMessage", new { chat_id = Simulated.Ada, text = "too fast" })).ShouldStartWith("429");
    }

    [Fact]
    public async Task Twenty_messages_a_minute_in_a_group()
    {
        await using var sim = await Simulated.StartAsync(o => o.Pace = true);
        await sim.Post(
            $"/sim/bots/{Simulated.Username}/updates",
            new
            {
                message = new
                {
                    message_id = 1,
                    date = 1,
                    text = "hi",
                    chat = new
                    {
                        id = -100_500,
                        type = "group",
                        title = "Choir",
                    },
                },
            }
        );
        var sent = 0;
        for (var second = 0; second < 30; second++)
        {
            if ((await sim.Call("sendMessage", new { chat_id = -100_500, text = "la" }))["ok"]!.GetValue<bool>())
                sent++;
            sim.Time.Advance(TimeSpan.FromSeconds(1));
        }

        sent.ShouldBe(29, "20 at once and one every three seconds");
    }

    [Fact]
    public async Task Thirty_messages_a_second_over_all_chats()
    {
        await using var sim = await Simulated.StartAsync(o => o.Pace = true);
        var people = new List<long>();
        for (var i = 0; i < 31; i++)
        {
            people.Add((await sim.Post("/sim/people", new { first_name = $"Person {i}" }))["id"]!.GetValue<long>());
            await sim.Says("hi", people[^1]);
        }

        foreach (var person in people.Take(30))
            await sim.Ok("sendMessage", new { chat_id = person, text = "x" });
        (await sim.Refused("sendMessage", new { chat_id = people[30], text = "x" })).ShouldBe(
            "429 Too Many Requests: retry after 1"
        );
    }

    private static IEnumerable<string> Texts(JsonArray updates) =>
        updates.Select(u => u!["message"]!["text"]!.GetValue<string>());
}

using Microsoft.AspNetCore.Http;

namespace Hatcheck.Simulator.Tests;

public sealed class WebhookTests
{
    [Fact]
    public async Task Updates_are_carried_in_order_with_the_secret()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        await sim.Says("before");
        await sim.Ok("setWebhook", new { url = bot.Url, secret_token = "s3cret_-A" });
        await bot.Next();
        await sim.Says("after");
        await bot.Next();
        bot.Got.Select(g => $"{g.Update["message"]!["text"]} {g.Secret}").ShouldBe(["before s3cret_-A", "after s3cret_-A"]);
        (await sim.Get("/sim/bots"))[0]!["mode"]!.GetValue<string>().ShouldBe("webhook");
        await Until(async () => (await Pending(sim)) == 0);
    }

    [Theory]
    [InlineData("""{"url":"https://example.com/hook"}""", "bad webhook: the simulator calls only this machine, not example.com")]
    [InlineData("""{"url":"http://169.254.169.254/latest"}""", "bad webhook: the simulator calls only this machine, not 169.254.169.254")]
    [InlineData("""{"url":"ftp://127.0.0.1/"}""", "bad webhook: An HTTPS URL must be provided for webhook")]
    [InlineData("""{"url":"http://127.0.0.1/","secret_token":"no spaces"}""", "secret token contains unallowed characters")]
    [InlineData("""{"url":"http://127.0.0.1/","max_connections":"many"}""", "field \"max_connections\" must be of type Integer")]
    public async Task A_bad_webhook_is_refused(string arguments, string error)
    {
        await using var sim = await Simulated.StartAsync();
        (await sim.Refused("setWebhook", arguments)).ShouldBe($"400 Bad Request: {error}");
    }

    [Fact]
    public async Task A_secret_has_at_most_256_characters()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Ok("setWebhook", new { url = "http://localhost:9/", secret_token = new string('a', 256) });
        (await sim.Refused("setWebhook", new { url = "http://localhost:9/", secret_token = new string('a', 257) }))
            .ShouldBe("400 Bad Request: secret token is too long");
    }

    [Fact]
    public async Task A_failed_delivery_is_repeated_at_once_and_then_ever_later()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        var times = new List<DateTimeOffset>();
        bot.Answer = (n, context) =>
        {
            times.Add(sim.Time.GetUtcNow());
            if (n < 10) context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("again");
        while (bot.Got.Count < 10) await Step(sim);
        await Until(async () => (await Pending(sim)) == 0);
        times.Zip(times.Skip(1), (a, b) => (b - a).TotalSeconds).ShouldBe([0, 2, 4, 8, 16, 32, 60, 60, 60]);
        var info = await sim.Ok("getWebhookInfo");
        info["last_error_message"]!.GetValue<string>().ShouldBe("Wrong response from the webhook: 500 Internal Server Error");
        info["last_error_date"]!.GetValue<long>().ShouldBe(times[8].ToUnixTimeSeconds());
        bot.Got.Select(g => g.Update["update_id"]!.GetValue<long>()).Distinct().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("17", 17)]
    [InlineData("99999", 3_600)]
    public async Task Retry_after_is_honoured_up_to_an_hour(string header, int waited)
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        var times = new List<DateTimeOffset>();
        bot.Answer = (n, context) =>
        {
            times.Add(sim.Time.GetUtcNow());
            if (n > 1) return Task.CompletedTask;
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = header;
            return Task.CompletedTask;
        };
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("later");
        while (bot.Got.Count < 2) await Step(sim);
        (times[1] - times[0]).TotalSeconds.ShouldBe(waited);
    }

    [Fact]
    public async Task An_update_is_dropped_after_24_hours_and_the_next_one_goes_on()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        bot.Answer = (_, context) =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        };
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("never");
        await bot.Next();
        for (var hours = 0; hours < 26; hours++) await Step(sim, TimeSpan.FromHours(1));
        await Until(async () => (await Pending(sim)) == 0);
    }

    [Fact]
    public async Task A_webhook_that_is_gone_for_23_hours_is_removed_and_its_updates_stay()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        bot.Answer = (_, context) =>
        {
            context.Response.StatusCode = 410;
            context.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        };
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("gone");
        await bot.Next();
        for (var hours = 0; hours < 23; hours++)
        {
            (await sim.Ok("getWebhookInfo"))["url"]!.GetValue<string>().ShouldNotBeEmpty();
            var before = bot.Got.Count;
            while (bot.Got.Count == before) await Step(sim, TimeSpan.FromMinutes(30));
        }

        await Until(async () => (await sim.Ok("getWebhookInfo"))["url"]!.GetValue<string>().Length == 0);
        (await sim.Updates()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_refused_shows_in_the_info()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Ok("setWebhook", new { url = "http://127.0.0.1:9/", max_connections = 7, allowed_updates = new[] { "message" } });
        await sim.Says("anybody there?");
        await Until(async () => (await sim.Ok("getWebhookInfo"))["last_error_message"] is not null);
        var info = await sim.Ok("getWebhookInfo");
        info["last_error_message"]!.GetValue<string>().ShouldBe("Connection refused");
        info["pending_update_count"]!.GetValue<int>().ShouldBe(1);
        info["max_connections"]!.GetValue<int>().ShouldBe(7);
        info["allowed_updates"]!.ToJsonString().ShouldBe("""["message"]""");
        info["ip_address"]!.GetValue<string>().ShouldBe("127.0.0.1");
    }

    [Fact]
    public async Task Pending_updates_can_be_dropped_with_the_webhook()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("old");
        await sim.Ok("deleteWebhook", new { drop_pending_updates = true });
        (await sim.Updates()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_method_in_the_answer_is_performed_but_never_one_that_asks_or_changes_the_webhook()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        string[] answers =
        [
            $$"""{"method":"sendMessage","chat_id":{{Simulated.Ada}},"text":"from the answer"}""",
            """{"method":"deleteWebhook"}""", """{"method":"sendMessage","chat_id":"nobody","text":"x"}""", "OK", "[1]", """{"method":7}""",
        ];
        bot.Answer = (n, context) => context.Response.WriteAsync(answers[n - 1]);
        await sim.Ok("setWebhook", new { url = bot.Url });
        for (var i = 0; i < answers.Length; i++)
        {
            await sim.Says($"{i}");
            await bot.Next();
        }

        await Until(async () => (await Pending(sim)) == 0);
        (await sim.Chat()).Where(m => m!["from"]!.GetValue<string>() == "bot").Select(m => m!["text"]!.GetValue<string>())
            .ShouldBe(["from the answer"]);
        (await sim.Ok("getWebhookInfo"))["url"]!.GetValue<string>().ShouldBe(bot.Url);
    }

    [Fact]
    public async Task One_slow_chat_does_not_hold_up_another()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bot.Answer = (_, _) => bot.Got.Last().Update["message"]!["text"]!.GetValue<string>() == "slow" ? release.Task : Task.CompletedTask;
        var other = (await sim.Post("/sim/people", new { first_name = "Tomás" }))["id"]!.GetValue<long>();
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("slow");
        await Until(() => Task.FromResult(bot.Got.Count == 1));
        await sim.Says("waits for the slow one");
        await sim.Says("goes ahead", other);
        (await bot.Next())["message"]!["text"]!.GetValue<string>().ShouldBe("goes ahead");
        release.SetResult();
        await Until(async () => (await Pending(sim)) == 0);
        bot.Got.Select(g => g.Update["message"]!["text"]!.GetValue<string>()).ShouldBe(["slow", "goes ahead", "waits for the slow one"]);
    }

    private static async Task<int> Pending(Simulated sim) => (await sim.Ok("getWebhookInfo"))["pending_update_count"]!.GetValue<int>();

    /// <summary>Lets what is due happen, then moves the clock a little; the steps are small, so that waits are measured to the second.</summary>
    private static async Task Step(Simulated sim, TimeSpan? step = null)
    {
        await Task.Delay(15);
        sim.Time.Advance(step ?? TimeSpan.FromSeconds(1));
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        for (var tries = 0; !await condition(); tries++)
        {
            tries.ShouldBeLessThan(3_000);
            await Task.Delay(10);
        }
    }
}

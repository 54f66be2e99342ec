using Microsoft.AspNetCore.Http;

namespace Hatcheck.Simulator.Tests;

public sealed class WebhookTests
{
    /// <summary>The timer of each delivery in seconds, beside those of the waits between deliveries.</summary>
    private const double Patience = 60;

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
    [InlineData(
        """{"url":"http://169.254.169.254/latest"}""",
        "bad webhook: the simulator calls only this machine, not 169.254.169.254"
    )]
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
        (await sim.Refused("setWebhook", new { url = "http://localhost:9/", secret_token = new string('a', 257) })).ShouldBe(
            "400 Bad Request: secret token is too long"
        );
    }

    [Fact]
    public async Task A_failed_delivery_is_repeated_at_once_and_then_ever_later()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        bot.Answer = Failing(500, retryAfter: null, times: 9);
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("again");
        (await sim.Time.NextTimer()).ShouldBe(Patience);
        foreach (var wait in (int[])[2, 4, 8, 16, 32, 60, 60, 60])
        {
            (await sim.Time.NextTimer()).ShouldBe(Patience);
            (await sim.Time.NextTimer()).ShouldBe(wait);
            sim.Time.Advance(TimeSpan.FromSeconds(wait));
        }

        await Until(async () => (await Pending(sim)) == 0);
        bot.Got.Count.ShouldBe(10);
        bot.Got.Select(g => g.Update["update_id"]!.GetValue<long>()).Distinct().ShouldHaveSingleItem();
        var info = await sim.Ok("getWebhookInfo");
        info["last_error_message"]!.GetValue<string>().ShouldBe("Wrong response from the webhook: 500 Internal Server Error");
        info["last_error_date"]!.GetValue<long>().ShouldBe(sim.Time.GetUtcNow().ToUnixTimeSeconds() - 60);
    }

    [Theory]
    [InlineData("17", 17)]
    [InlineData("99999", 3_600)]
    public async Task Retry_after_is_honoured_up_to_an_hour(string header, int waited)
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        bot.Answer = Failing(503, header, times: 1);
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("later");
        (await sim.Time.NextTimer()).ShouldBe(Patience);
        (await sim.Time.NextTimer()).ShouldBe(waited);
        sim.Time.Advance(TimeSpan.FromSeconds(waited));
        await Until(async () => (await Pending(sim)) == 0);
        bot.Got.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_webhook_that_never_answers_is_given_up_after_a_minute_and_asked_again()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        bot.Answer = (n, context) => n == 1 ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask;
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("hello?");
        (await sim.Time.NextTimer()).ShouldBe(Patience);
        await Until(() => Task.FromResult(bot.Got.Count == 1));
        sim.Time.Advance(TimeSpan.FromSeconds(Patience));
        await Until(async () => (await Pending(sim)) == 0);
        (await sim.Ok("getWebhookInfo"))["last_error_message"]!.GetValue<string>().ShouldBe("Read timeout expired");
    }

    [Fact]
    public async Task An_update_is_dropped_after_24_hours_and_the_next_one_goes_on()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        bot.Answer = Failing(503, "3600", times: 24);
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("never");
        for (var hour = 0; hour < 24; hour++)
        {
            (await sim.Time.NextTimer()).ShouldBe(Patience);
            if (hour == 23)
                await sim.Says("young");
            (await sim.Time.NextTimer()).ShouldBe(3_600);
            sim.Time.Advance(TimeSpan.FromHours(1));
        }

        await Until(async () => (await Pending(sim)) == 0);
        bot.Got.Last().Update["message"]!["text"]!.GetValue<string>().ShouldBe("young");
    }

    [Fact]
    public async Task A_webhook_that_is_gone_for_23_hours_is_removed_and_its_updates_stay()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        bot.Answer = Failing(410, "3600", times: int.MaxValue);
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("gone");
        for (var hour = 0; hour < 23; hour++)
        {
            (await sim.Time.NextTimer()).ShouldBe(Patience);
            (await sim.Time.NextTimer()).ShouldBe(3_600);
            (await sim.Ok("getWebhookInfo"))["url"]!.GetValue<string>().ShouldBe(bot.Url);
            sim.Time.Advance(TimeSpan.FromHours(1));
        }

        await Until(async () => (await sim.Ok("getWebhookInfo"))["url"]!.GetValue<string>().Length == 0);
        (await sim.Updates()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_refused_shows_in_the_info()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Ok(
            "setWebhook",
            new
            {
                url = "http://127.0.0.1:9/",
                max_connections = 7,
                allowed_updates = new[] { "message" },
            }
        );
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
            """{"method":"deleteWebhook"}""",
            """{"method":"sendMessage","chat_id":"nobody","text":"x"}""",
            "OK",
            "[1]",
            """{"method":7}""",
        ];
        bot.Answer = (n, context) => context.Response.WriteAsync(answers[n - 1]);
        await sim.Ok("setWebhook", new { url = bot.Url });
        for (var i = 0; i < answers.Length; i++)
        {
            await sim.Says($"{i}");
            await bot.Next();
        }

        await Until(async () => (await Pending(sim)) == 0);
        (await sim.Chat())
            .Where(m => m!["from"]!.GetValue<string>() == "bot")
            .Select(m => m!["text"]!.GetValue<string>())
            .ShouldBe(["from the answer"]);
        (await sim.Ok("getWebhookInfo"))["url"]!.GetValue<string>().ShouldBe(bot.Url);
    }

    [Fact]
    public async Task One_slow_chat_does_not_hold_up_another()
    {
        await using var sim = await Simulated.StartAsync();
        await using var bot = await Receiver.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bot.Answer = (_, _) =>
            bot.Got.Last().Update["message"]!["text"]!.GetValue<string>() == "slow" ? release.Task : Task.CompletedTask;
        var other = (await sim.Post("/sim/people", new { first_name = "Tomás" }))["id"]!.GetValue<long>();
        await sim.Ok("setWebhook", new { url = bot.Url });
        await sim.Says("slow");
        await Until(() => Task.FromResult(bot.Got.Count == 1));
        await sim.Says("waits for the slow one");
        await sim.Says("goes ahead", other);
        (await bot.Next())["message"]!["text"]!.GetValue<string>().ShouldBe("goes ahead");
        release.SetResult();
        await Until(async () => (await Pending(sim)) == 0);
        bot.Got.Select(g => g.Update["message"]!["text"]!.GetValue<string>())
            .ShouldBe(["slow", "goes ahead", "waits for the slow one"]);
    }

    private static async Task<int> Pending(Simulated sim) =>
        (await sim.Ok("getWebhookInfo"))["pending_update_count"]!.GetValue<int>();

    private static Func<int, HttpContext, Task> Failing(int status, string? retryAfter, int times) =>
        (n, context) =>
        {
            if (n > times)
                return Task.CompletedTask;
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = retryAfter;
            return Task.CompletedTask;
        };

    private static async Task Until(Func<Task<bool>> condition)
    {
        for (var tries = 0; !await condition(); tries++)
        {
            tries.ShouldBeLessThan(3_000);
            await Task.Delay(10);
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Hatcheck.Bots.Updates;
using Hatcheck.Crypto;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Bots.Tests;

public sealed class WebhookTests : IAsyncLifetime
{
    private const string Secret = "a-webhook-secret-of-32-letters-x";
    private readonly ConcurrentQueue<string> handled = new();
    private readonly LogLines log = new();
    private WebApplication app = null!;
    private HttpClient http = null!;
    private TelegramBot? bot;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapPost("/hook", (RequestDelegate)(context => bot!.ReceiveWebhookAsync(context)));
        await app.StartAsync();
        http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        bot?.Dispose();
        http.Dispose();
        await app.DisposeAsync();
        log.Lines.ShouldAllBe(l => !l.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Telegram_is_given_address_secret_and_the_kinds_that_are_used()
    {
        using var telegram = new FakeTelegram();
        await StartAsync(telegram, Recording());

        var request = telegram.Bodies("setWebhook").Single();
        request.GetProperty("url").GetString().ShouldBe("https://bot.example/hook");
        request.GetProperty("secret_token").GetString().ShouldBe(Secret);
        request.GetProperty("max_connections").GetInt32().ShouldBe(1);
        request
            .GetProperty("allowed_updates")
            .EnumerateArray()
            .Select(k => k.GetString())
            .ShouldBe(["message", "callback_query"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a-webhook-secret-of-32-letters-X")]
    [InlineData("a-webhook-secret-of-32-letters-x2")]
    public async Task A_call_without_the_secret_is_refused_and_nothing_is_handled(string? secret)
    {
        using var telegram = new FakeTelegram();
        await StartAsync(telegram, Recording());

        (await CallAsync(Message(1, 7, "x"), secret)).ShouldBe(HttpStatusCode.Unauthorized);

        handled.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_accepted_update_is_answered_before_its_handler_ends_and_handled_once_though_brought_twice()
    {
        using var telegram = new FakeTelegram();
        var release = new TaskCompletionSource();
        await StartAsync(
            telegram,
            new BotDefinition().OnMessage(
                async (c, _) =>
                {
                    await release.Task;
                    handled.Enqueue(c.Text);
                }
            )
        );

        (await CallAsync(Message(1, 7, "first"))).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(Message(1, 7, "first"))).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(Message(2, 7, "second"))).ShouldBe(HttpStatusCode.OK);
        handled.ShouldBeEmpty();
        release.SetResult();
        await Eventually.UntilAsync(() => handled.Count == 2);

        handled.ShouldBe(["first", "second"]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"message":{}}""")]
    [InlineData("""{"update_id":"1"}""")]
    public async Task What_is_no_update_is_malformed(string body)
    {
        using var telegram = new FakeTelegram();
        await StartAsync(telegram, Recording());

        (await CallAsync(body)).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_unknown_kind_is_accepted_and_skipped()
    {
        using var telegram = new FakeTelegram();
        await StartAsync(telegram, Recording());

        (await CallAsync("""{"update_id":1,"holographic_message":{"chat":{"id":7}}}""")).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_body_beyond_the_bound_is_refused()
    {
        using var telegram = new FakeTelegram();
        await StartAsync(telegram, Recording());

        (await CallAsync(Message(1, 7, new string('x', 2 * 1024 * 1024)))).ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task When_the_bot_is_full_Telegram_is_asked_to_come_again_and_nothing_is_lost()
    {
        using var telegram = new FakeTelegram();
        var release = new TaskCompletionSource();
        await StartAsync(
            telegram,
            new BotDefinition().OnMessage(
                async (c, _) =>
                {
                    await release.Task;
                    handled.Enqueue(c.Text);
                }
            ),
            capacity: 2
        );

        (await CallAsync(Message(1, 7, "1"))).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(Message(2, 7, "2"))).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(Message(3, 7, "3"))).ShouldBe(HttpStatusCode.ServiceUnavailable);
        release.SetResult();
        await Eventually.UntilAsync(() => handled.Count == 2);
        await Eventually.UntilAsync(async () => await CallAsync(Message(3, 7, "3")) == HttpStatusCode.OK);
        await Eventually.UntilAsync(() => handled.Count == 3);

        handled.ShouldBe(["1", "2", "3"]);
    }

    [Fact]
    public async Task A_stopping_bot_finishes_what_it_accepted_and_accepts_no_more()
    {
        using var telegram = new FakeTelegram();
        var began = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await StartAsync(
            telegram,
            new BotDefinition().OnMessage(
                async (c, _) =>
                {
                    began.TrySetResult();
                    await release.Task;
                    handled.Enqueue(c.Text);
                }
            )
        );
        await CallAsync(Message(1, 7, "1"));
        await began.Task;

        var stopping = bot!.StopAsync(CancellationToken.None);
        await Eventually.UntilAsync(async () => await CallAsync(Message(2, 7, "2")) == HttpStatusCode.ServiceUnavailable);
        release.SetResult();
        await stopping;

        handled.First().ShouldBe("1");
        bot.IsReady.ShouldBeFalse();
    }

    [Fact]
    public void A_webhook_without_address_or_with_a_weak_secret_is_refused_with_every_fault()
    {
        using var telegram = new FakeTelegram();
        var options = new TelegramBotOptions
        {
            Token = new SecretText("not-a-token"),
            TelegramUrl = new Uri("http://telegram.example"),
            Mode = UpdateMode.Webhook,
            WebhookSecret = new SecretText("short secret"),
        };

        var refusal = Should.Throw<ArgumentException>(() => telegram.Bot(new BotDefinition(), log, options));

        foreach (var option in new[] { "Token", "TelegramUrl", "WebhookUrl", "WebhookSecret" })
            refusal.Message.ShouldContain($"{option} must");
        refusal.Message.ShouldNotContain("short secret");
        refusal.Message.ShouldNotContain("not-a-token");
    }

    [Fact]
    public async Task The_simulators_webhook_brings_a_message_to_its_handler()
    {
        await using var run = await SimulatedBotRun.StartAsync();
        var ada = await run.Page.AddPersonAsync();
        bot = await run.RunAsync(
            new BotDefinition().OnMessage((c, _) => c.ReplyAsync($"re {c.Text}")),
            o => Webhook(o.Token, o.TelegramUrl, new Uri(http.BaseAddress!, "/hook"), capacity: 100, handler: null)
        );
        await Eventually.UntilAsync(() => bot.IsReady);

        (await run.Page.AskAsync(ada, SimulatedBotRun.Username, "hello")).Text.ShouldBe("re hello");
    }

    private BotDefinition Recording() =>
        new BotDefinition().OnMessage(
            (c, _) =>
            {
                handled.Enqueue(c.Text);
                return Task.CompletedTask;
            }
        );

    private async Task StartAsync(FakeTelegram telegram, BotDefinition definition, int capacity = 100)
    {
        var usual = telegram.Options();
        var options = Webhook(usual.Token, usual.TelegramUrl, new Uri("https://bot.example/hook"), capacity, telegram);
        bot = telegram.Bot(definition, log, options);
        await bot.StartAsync(CancellationToken.None);
        await Eventually.UntilAsync(() => bot.IsReady);
    }

    private static TelegramBotOptions Webhook(
        SecretText token,
        Uri telegram,
        Uri hook,
        int capacity,
        HttpMessageHandler? handler
    ) =>
        new()
        {
            Token = token,
            TelegramUrl = telegram,
            Handler = handler,
            Mode = UpdateMode.Webhook,
            WebhookUrl = hook,
            WebhookSecret = new SecretText(Secret),
            Capacity = capacity,
            RetryDelay = TimeSpan.FromMilliseconds(10),
        };

    private async Task<HttpStatusCode> CallAsync(string body, string? secret = Secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hook");
        request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        if (secret is not null)
            request.Headers.Add(WebhookReceiver.SecretHeader, secret);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    private static string Message(int update, long person, string text) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            {"update_id":{{{update}}},"message":{"message_id":1,"from":{"id":{{{person}}},"first_name":"A"},
            "chat":{"id":{{{person}}},"type":"private"},"text":"{{{text}}}"}}
            """
        );
}

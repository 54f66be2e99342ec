using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Hatcheck.Bots.BotApi;
using Microsoft.AspNetCore.Http;
using Telegram.Bot;

namespace Hatcheck.Bots.Tests.Canary;

/// <summary>
/// The token is in the path of every call. Whatever Telegram or the network does, it is in no log, span, metric or exception.
/// </summary>
public sealed class TokenCanaryTests : IDisposable
{
    private const string Canary = "AAHdqTcvCH1";

    private static readonly Dictionary<string, Func<HttpContext, Task>> answers = new(StringComparer.Ordinal)
    {
        ["success"] = context =>
            context.Request.Path.StartsWithSegments("/file", StringComparison.Ordinal)
                ? context.Response.WriteAsync("la la la")
                : Say(context, """{"ok":true,"result":{"message_id":9,"date":1,"chat":{"id":7,"type":"private"}}}"""),
        ["401"] = Refuse(401),
        ["404"] = Refuse(404),
        ["409"] = Refuse(409),
        ["429"] = Refuse(429, ""","parameters":{"retry_after":61}"""),
        ["500"] = Refuse(500),
        ["no JSON"] = context => context.Response.WriteAsync($"<html>{context.Request.Path}"),
        ["broken JSON"] = context => Say(context, $$"""{"ok":true,"result":{"message_id":"{{context.Request.Path}}"""),
        ["another result"] = context => Say(context, $$"""{"ok":true,"result":["{{context.Request.Path}}"]}"""),
        ["a redirect"] = context =>
        {
            context.Response.Redirect($"http://127.0.0.1:1{context.Request.Path}");
            return Task.CompletedTask;
        },
        ["a time-out"] = context =>
            Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default),
        ["a broken connection"] = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        },
    };

    private readonly Witness witness = new();
    private readonly LogLines log = new();
    private readonly ConcurrentQueue<Exception> thrown = new();

    public static TheoryData<string> Answers => [.. answers.Keys];

    public void Dispose() => witness.Dispose();

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task The_token_is_nowhere_whatever_Telegram_answers(string answer)
    {
        await using var server = await ScriptedServer.StartAsync(answers[answer]);
        var handled = new TaskCompletionSource();
        var definition = new BotDefinition().OnMessage(
            async (context, _) =>
            {
                // The call's own time-out comes first, then that of the handler.
                if (answer == "a time-out")
                    context.Client.Timeout = TimeSpan.FromMilliseconds(50);
                await TryAsync(async () => await context.Client.SendPoll(7, "Tea?", ["Yes", "No"]));
                await TryAsync(() => context.ReplyAsync("hello"));
                await TryAsync(context.DownloadAsync);
                await TryAsync(() => context.Client.DownloadFile("documents/f", new MemoryStream()));
                handled.SetResult();
                if (thrown.TryPeek(out var fault))
                    throw fault;
            }
        );
        using var bot = Bot(server.Address, definition, TimeSpan.FromSeconds(answer == "a time-out" ? 2 : 60));
        await bot.StartAsync(CancellationToken.None);
        await handled.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await bot.StopAsync(CancellationToken.None);

        AssertSilence();
        if (answer == "success")
            thrown.ShouldBeEmpty();
        else
            thrown.Count.ShouldBeGreaterThan(1);
        log.Lines.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task The_token_is_nowhere_when_nobody_listens()
    {
        var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)nobody.LocalEndpoint).Port}");
        nobody.Stop();
        using var bot = Bot(address, new BotDefinition(), TimeSpan.FromSeconds(5));
        await bot.StartAsync(CancellationToken.None);

        await TryAsync(async () => await bot.Client.SendPoll(7, "Tea?", ["Yes", "No"]));
        await TryAsync(() => bot.Client.DownloadFile("documents/f", new MemoryStream()));
        await Eventually.UntilAsync(() => log.Lines.Any(l => l.Contains("does not answer", StringComparison.Ordinal)));
        await bot.StopAsync(CancellationToken.None);

        AssertSilence();
        thrown.Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_witness_would_see_it()
    {
        // What Telegram.Bot's own client tells with an ordinary HttpClient: why the runtime keeps its transport.
        await using var server = await ScriptedServer.StartAsync(answers["success"]);
        using var http = new HttpClient();
        var client = new TelegramBotClient(new TelegramBotClientOptions(FakeTelegram.Token, server.Address.AbsoluteUri), http);

        await client.SendMessage(7, "hello");

        witness
            .Spans.Where(s => s.StartsWith("System.Net.Http ", StringComparison.Ordinal))
            .ShouldContain(s => s.Contains(Canary, StringComparison.Ordinal));
        witness.Measurements.ShouldContain(m => m.StartsWith("System.Net.Http ", StringComparison.Ordinal));
        Witness.WholeText(new InvalidOperationException("x", new HttpRequestException(FakeTelegram.Token))).ShouldContain(Canary);
    }

    private static Func<HttpContext, Task> Refuse(int status, string more = "") =>
        context =>
            // A server or a proxy that quotes the address.
            Say(
                context,
                $$"""{"ok":false,"error_code":{{status}},"description":"No {{context.Request.Path}}"{{more}}}""",
                status
            );

    private static Task Say(HttpContext context, string json, int status = 200) =>
        ScriptedServer.WriteAsync(context, status, json);

    private TelegramBot Bot(Uri address, BotDefinition definition, TimeSpan handlerTimeout)
    {
        using var telegram = new FakeTelegram();
        return new TelegramBot(
            new TelegramBotOptions
            {
                Token = telegram.Options().Token,
                TelegramUrl = address,
                OwnerChatId = 99,
                HandlerTimeout = handlerTimeout,
                RetryDelay = TimeSpan.FromMilliseconds(5),
            },
            definition,
            log.For<TelegramBot>()
        );
    }

    private void AssertSilence()
    {
        foreach (var text in log.Lines.Concat(thrown.Select(Witness.WholeText)))
            text.ShouldNotContain(Canary);
        // Tests run side by side: spans and measurements of theirs are seen too, and hold the token no more than ours.
        foreach (var text in witness.Spans.Concat(witness.Measurements).Where(IsOurs))
            text.ShouldNotContain(Canary);
    }

    /// <summary>The servers in this process tell the path of what they serve, which is not the bot's doing.</summary>
    private static bool IsOurs(string text) => !text.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal);

    private async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception fault)
        {
            thrown.Enqueue(fault);
        }
    }
}

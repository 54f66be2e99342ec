using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace Hatcheck.Bots.Tests;

public sealed class PollingTests : IAsyncLifetime
{
    private const string Bot = SimulatedBotRun.Username;
    private readonly ConcurrentQueue<(long Person, string Text)> handled = new();
    private SimulatedBotRun run = null!;

    public async ValueTask InitializeAsync() => run = await SimulatedBotRun.StartAsync();

    public ValueTask DisposeAsync() => run.DisposeAsync();

    [Fact]
    public async Task A_chat_is_handled_in_order_even_if_its_handlers_are_slow_in_turn()
    {
        var ada = await run.Page.AddPersonAsync();
        for (var i = 0; i < 20; i++)
            await run.Page.WriteAsync(ada, Bot, $"{i}");

        await run.RunAsync(
            new BotDefinition().OnMessage(
                async (c, _) =>
                {
                    // The first of each pair takes longer than the second.
                    await Task.Delay(int.Parse(c.Text, CultureInfo.InvariantCulture) % 2 == 0 ? 20 : 1, CancellationToken.None);
                    handled.Enqueue((c.Person.Id, c.Text));
                }
            )
        );
        await Eventually.UntilAsync(() => handled.Count == 20);

        handled.Select(h => h.Text).ShouldBe(Enumerable.Range(0, 20).Select(i => $"{i}"));
    }

    [Fact]
    public async Task A_slow_chat_does_not_hold_up_another_nor_the_fetching()
    {
        var slow = await run.Page.AddPersonAsync("Slow");
        var quick = await run.Page.AddPersonAsync("Quick");
        var release = new TaskCompletionSource();
        await run.RunAsync(
            new BotDefinition().OnMessage(
                async (c, _) =>
                {
                    if (c.Person.Id == slow)
                        await release.Task;
                    handled.Enqueue((c.Person.Id, c.Text));
                }
            )
        );

        await run.Page.WriteAsync(slow, Bot, "first");
        for (var i = 0; i < 5; i++)
        {
            // Each is fetched only if polling goes on while the first is still in work.
            await run.Page.WriteAsync(quick, Bot, $"{i}");
            await Eventually.UntilAsync(() => handled.Count == i + 1);
        }

        release.SetResult();
        await Eventually.UntilAsync(() => handled.Count == 6);
        handled.Select(h => h.Text).ShouldBe(["0", "1", "2", "3", "4", "first"]);
    }

    [Fact]
    public async Task No_more_chats_than_allowed_run_side_by_side_and_no_more_updates_than_allowed_wait()
    {
        var people = new List<long>();
        for (var i = 0; i < 8; i++)
            people.Add(await run.Page.AddPersonAsync());
        foreach (var person in people)
        {
            for (var i = 0; i < 3; i++)
                await run.Page.WriteAsync(person, Bot, $"{i}");
        }

        var now = 0;
        var most = 0;
        await run.RunAsync(
            new BotDefinition().OnMessage(
                async (c, _) =>
                {
                    var running = Interlocked.Increment(ref now);
                    InterlockedMax(ref most, running);
                    await Task.Delay(5, CancellationToken.None);
                    Interlocked.Decrement(ref now);
                    handled.Enqueue((c.Person.Id, c.Text));
                }
            ),
            _ => run.Options(concurrency: 2, capacity: 4)
        );
        await Eventually.UntilAsync(() => handled.Count == 24);

        most.ShouldBeInRange(1, 2);
        foreach (var person in people)
            handled.Where(h => h.Person == person).Select(h => h.Text).ShouldBe(["0", "1", "2"]);
    }

    [Fact]
    public async Task A_stop_finishes_what_was_begun_and_the_next_start_repeats_nothing_and_misses_nothing()
    {
        var people = new List<long>();
        for (var i = 0; i < 4; i++)
            people.Add(await run.Page.AddPersonAsync());
        var sent = new List<(long, string)>();
        var number = 0;
        async Task WriteAsync(int each)
        {
            for (var i = 0; i < each; i++)
            {
                foreach (var person in people)
                {
                    var text = $"{number++}";
                    sent.Add((person, text));
                    await run.Page.WriteAsync(person, Bot, text);
                }
            }
        }

        var definition = new BotDefinition().OnMessage(
            async (c, _) =>
            {
                await Task.Delay(3, CancellationToken.None);
                handled.Enqueue((c.Person.Id, c.Text));
            }
        );
        await WriteAsync(5);
        for (var life = 0; life < 4; life++)
        {
            var bot = await run.RunAsync(definition);
            var goal = handled.Count + 3;
            await Eventually.UntilAsync(() => handled.Count >= goal);
            var writing = WriteAsync(3);
            await bot.StopAsync(CancellationToken.None);
            await writing;
        }

        await run.RunAsync(definition);
        await Eventually.UntilAsync(() => handled.Count >= sent.Count);

        handled.Order().ShouldBe(sent.Order());
        foreach (var person in people)
            handled.Where(h => h.Person == person).ShouldBe(sent.Where(s => s.Item1 == person));
    }

    [Fact]
    public async Task An_update_whose_handler_was_cut_off_by_the_stop_comes_again()
    {
        var ada = await run.Page.AddPersonAsync();
        var began = new TaskCompletionSource<string>();
        var bot = await run.RunAsync(
            new BotDefinition().OnMessage(
                async (c, cancellation) =>
                {
                    began.TrySetResult(c.WriteKey("usage"));
                    await Task.Delay(Timeout.Infinite, cancellation);
                }
            ),
            _ => run.Options(stopTimeout: TimeSpan.FromMilliseconds(50))
        );
        await run.Page.WriteAsync(ada, Bot, "precious");
        var firstKey = await began.Task;
        await bot.StopAsync(CancellationToken.None);

        await run.RunAsync(
            new BotDefinition().OnMessage(
                (c, _) =>
                {
                    handled.Enqueue((c.Person.Id, $"{c.Text} {c.WriteKey("usage")}"));
                    return Task.CompletedTask;
                }
            )
        );

        // Under the same key, so that what was written to Hatcheck the first time is not written again.
        await Eventually.UntilAsync(() => handled.Count == 1);
        handled.Single().Text.ShouldBe($"precious {firstKey}");
    }

    [Fact]
    public async Task Doubled_and_reordered_updates_and_a_flaky_Telegram_change_nothing()
    {
        var people = new[] { await run.Page.AddPersonAsync(), await run.Page.AddPersonAsync() };
        await run.Page.SetFaultsAsync(
            new
            {
                delay_ms = 0,
                too_many_requests_every = 0,
                server_error_every = 5,
                duplicate_update_every = 2,
                reorder_updates = true,
                drop_connection_every = 7,
            }
        );
        for (var i = 0; i < 30; i++)
            await run.Page.WriteAsync(people[i % 2], Bot, $"{i}");

        await run.RunAsync(
            new BotDefinition().OnMessage(
                (c, _) =>
                {
                    handled.Enqueue((c.Person.Id, c.Text));
                    return Task.CompletedTask;
                }
            )
        );
        await Eventually.UntilAsync(() => handled.Count >= 30);
        await run.Page.SetFaultsAsync(new { });
        await run.Page.WriteAsync(people[0], Bot, "last");
        await Eventually.UntilAsync(() => handled.Any(h => h.Text == "last"));

        handled.Count.ShouldBe(31);
        foreach (var person in people)
        {
            var numbers = handled
                .Where(h => h.Person == person && h.Text != "last")
                .Select(h => int.Parse(h.Text, CultureInfo.InvariantCulture))
                .ToArray();
            numbers.ShouldBe(numbers.Order());
        }
    }

    [Fact]
    public async Task A_429_on_sending_is_waited_out_and_every_answer_arrives_once()
    {
        var ada = await run.Page.AddPersonAsync();
        await run.RunAsync(new BotDefinition().OnMessage((c, _) => c.ReplyAsync($"re {c.Text}")));
        (await run.Page.AskAsync(ada, Bot, "0")).Text.ShouldBe("re 0");
        await run.Page.SetFaultsAsync(new { too_many_requests_every = 2 });

        await run.Page.WriteAsync(ada, Bot, "1");
        var replies = await run.Page.RepliesAsync(ada, Bot, 2);

        replies.Select(r => r.Text).ShouldBe(["re 0", "re 1"]);
    }

    [Fact]
    public async Task A_second_poller_makes_the_bot_wait_and_tell_the_owner()
    {
        var conflicts = 0;
        var telegram = new FakeTelegram()
            .On("sendMessage", _ => (HttpStatusCode.OK, """{"ok":true,"result":{"message_id":9}}"""))
            .On(
                "getUpdates",
                _ =>
                {
                    Interlocked.Increment(ref conflicts);
                    return (
                        HttpStatusCode.Conflict,
                        """{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request"}"""
                    );
                }
            );
        using var bot = telegram.Bot(new BotDefinition(), run.Log, telegram.Options(owner: 99));
        await bot.StartAsync(CancellationToken.None);
        await Eventually.UntilAsync(() => conflicts >= 3 && telegram.Bodies("sendMessage").Count > 0);
        await bot.StopAsync(CancellationToken.None);

        telegram
            .Bodies("sendMessage")[0]
            .GetProperty("text")
            .GetString()!
            .ShouldContain("Conflict: another process uses this bot's token in getUpdates");
    }

    [Fact]
    public async Task A_refused_token_ends_the_bot_with_a_plain_word_and_without_the_token()
    {
        var telegram = new FakeTelegram().On(
            "getMe",
            _ => (HttpStatusCode.Unauthorized, """{"ok":false,"error_code":401,"description":"Unauthorized"}""")
        );
        using var bot = telegram.Bot(new BotDefinition(), run.Log);
        await bot.StartAsync(CancellationToken.None);

        var refusal = await Should.ThrowAsync<TelegramException>(() => bot.ExecuteTask!);

        refusal.ErrorCode.ShouldBe(401);
        refusal.ToString().ShouldNotContain("AAHdqTcvCH1");
        run.Log.Lines.ShouldContain(l => l.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_poll_that_brings_nonsense_is_survived()
    {
        var telegram = new FakeTelegram()
            .On("sendMessage", _ => (HttpStatusCode.OK, """{"ok":true,"result":{"message_id":9}}"""))
            .Updates(
                """
                [{"update_id":1,
                "holographic_message":{"chat":{"id":7}}},{"no_id":true},7,null,{"update_id":"x"},{"update_id":2}]
                """
            )
            .Updates(
                """
                [{"update_id":3,"message":{"message_id":1,"from":{"id":7,"first_name":"A"},"chat":{"id":7,"type":"private"},
                "text":"/hi"}}]
                """
            );
        using var bot = telegram.Bot(new BotDefinition().OnCommand("hi", "Hi", (c, _) => c.ReplyAsync("hello")), run.Log);
        await bot.StartAsync(CancellationToken.None);
        await Eventually.UntilAsync(() => telegram.Bodies("sendMessage").Count == 1);
        await bot.StopAsync(CancellationToken.None);

        telegram.Bodies("getUpdates")[^1].GetProperty("offset").GetInt64().ShouldBe(4);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int current;
        while (
            (current = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, current) != current
        ) { }
    }
}

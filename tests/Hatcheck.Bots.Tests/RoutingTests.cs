using System.Collections.Concurrent;
using System.Net;
using Hatcheck.Bots.Commands;
using Hatcheck.Client;
using Hatcheck.Crypto;

namespace Hatcheck.Bots.Tests;

public sealed class RoutingTests : IAsyncLifetime
{
    private static readonly Argument<string> Title = Argument.Text("title", 30);
    private static readonly Argument<long> Count = Argument.Number("count", 1, 5).AsOptional();

    private readonly ConcurrentQueue<string> seen = new();
    private SimulatedBotRun run = null!;
    private long ada;

    private SimulatorPage Page => run.Page;

    public async ValueTask InitializeAsync()
    {
        run = await SimulatedBotRun.StartAsync();
        ada = await Page.AddPersonAsync();
    }

    public ValueTask DisposeAsync() => run.DisposeAsync();

    [Fact]
    public async Task A_command_gets_its_arguments_typed_and_a_wrong_one_is_explained()
    {
        await run.RunAsync(
            new BotDefinition().OnCommand(
                "play",
                "Play",
                (c, _) => c.ReplyAsync($"{c.Get(Title)} × {(c.Has(Count) ? c.Get(Count) : 1)}"),
                Title,
                Count
            )
        );

        (await AskAsync("/play \"Blue Monday\" 3")).ShouldBe("Blue Monday × 3");
        (await AskAsync("/Play@Music_Bot help")).ShouldBe("help × 1");
        (await AskAsync("/play x 9")).ShouldBe(
            "“count” must be a whole number from 1 to 5.\nUse it like this: /play <title> [count 1–5]"
        );
    }

    [Fact]
    public async Task Declared_commands_are_in_Telegrams_menu()
    {
        await run.RunAsync(new BotDefinition().OnCommand("start", "Begin", (c, _) => c.ReplyAsync("hi")));
        await AskAsync("/start");

        var command = (await Page.BotAsync(SimulatedBotRun.Username)).GetProperty("commands").EnumerateArray().Single();
        command.GetProperty("command").GetString().ShouldBe("start");
        command.GetProperty("description").GetString().ShouldBe("Begin");
    }

    [Fact]
    public async Task Unknown_commands_and_messages_have_their_handlers_and_another_bots_command_has_none()
    {
        await run.RunAsync(
            new BotDefinition()
                .OnUnknownCommand((c, _) => c.ReplyAsync("unknown"))
                .OnMessage((c, _) => c.ReplyAsync($"text {c.Text.Length}"))
        );

        await Page.WriteAsync(ada, SimulatedBotRun.Username, "/start@another_bot");
        (await AskAsync("/nonsense")).ShouldBe("unknown");
        (await AskAsync("hello")).ShouldBe("text 5");
    }

    [Fact]
    public async Task Buttons_stand_in_the_rows_that_were_given_and_an_edit_takes_them_away()
    {
        await run.RunAsync(
            new BotDefinition()
                .OnCommand(
                    "ask",
                    "Ask",
                    (c, _) =>
                        c.ReplyHtmlAsync(
                            "?",
                            [
                                [new Button("A", "go"), new Button("B", "go", "rows")],
                                [],
                                [new Button("C", "go", "row")],
                            ]
                        )
                )
                .OnButton(
                    "go",
                    (c, _) =>
                        c.EditHtmlAsync(
                            c.Payload,
                            c.Payload == "rows"
                                ?
                                [
                                    [new Button("D", "go")],
                                    [new Button("E", "go", "none")],
                                ]
                                :
                                [
                                    [],
                                ]
                        )
                )
        );
        await AskAsync("/ask");
        var question = (await Page.RepliesAsync(ada, SimulatedBotRun.Username)).Single();
        question
            .Buttons!.Select(row => string.Concat(row.Select(b => b.Text)))
            .ShouldBe(["AB", "C"], "Telegram refuses an empty row");

        await Page.PressAsync(ada, SimulatedBotRun.Username, question, question.Data(0, 1));
        var edited = (await Page.RepliesAsync(ada, SimulatedBotRun.Username)).Single();
        edited.Buttons!.Select(row => row.Single().Text).ShouldBe(["D", "E"]);
        await Page.PressAsync(ada, SimulatedBotRun.Username, edited, edited.Data(1, 0));

        ((await Page.RepliesAsync(ada, SimulatedBotRun.Username)).Single().Buttons ?? []).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pressed_button_reaches_its_handler_with_the_payload_and_is_answered()
    {
        await run.RunAsync(
            new BotDefinition()
                .OnCommand(
                    "ask",
                    "Ask",
                    (c, _) => c.ReplyHtmlAsync("<b>Sure?</b>", new Button("Yes", "sure", "y:1"), new Button("Old", "gone"))
                )
                .OnButton(
                    "sure",
                    async (c, _) =>
                    {
                        if (seen.IsEmpty)
                            await c.EditHtmlAsync($"pressed {c.Payload}");
                        else
                            await c.AnswerAsync("again", alert: true);
                        seen.Enqueue(c.Payload);
                    }
                )
        );
        await AskAsync("/ask");
        var question = (await Page.RepliesAsync(ada, SimulatedBotRun.Username)).Single();

        var first = await Page.PressAsync(ada, SimulatedBotRun.Username, question, question.Data(0, 0));

        first.GetProperty("answered").GetBoolean().ShouldBeTrue();
        var edited = (await Page.RepliesAsync(ada, SimulatedBotRun.Username)).Single();
        edited.Text.ShouldBe("pressed y:1");
        (edited.Buttons ?? []).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_button_of_an_older_version_is_answered_too()
    {
        await run.RunAsync(
            new BotDefinition().OnCommand("ask", "Ask", (c, _) => c.ReplyHtmlAsync("?", new Button("Old", "gone")))
        );
        await AskAsync("/ask");
        var question = (await Page.RepliesAsync(ada, SimulatedBotRun.Username)).Single();

        var answer = await Page.PressAsync(ada, SimulatedBotRun.Username, question, "gone:");

        answer.GetProperty("text").GetString().ShouldBe("This button no longer works.");
    }

    [Fact]
    public void A_button_that_Telegram_would_refuse_is_refused_at_once()
    {
        Should.Throw<ArgumentException>(() => new Button("ok", "p", new string('é', 32)));
        new Button("ok", "p", new string('a', 62)).Text.ShouldBe("ok");
        Should.Throw<ArgumentException>(() => new Button("", "p"));
        Should.Throw<ArgumentException>(() => new Button("ok", "Bad:Prefix"));
    }

    [Fact]
    public async Task A_failing_handler_ends_with_a_plain_sentence_and_the_next_update_is_handled()
    {
        await run.RunAsync(
            new BotDefinition()
                .OnCommand("fail", "Fail", (_, _) => throw new InvalidOperationException("secret of Ada 723456789"))
                .OnCommand("ok", "Ok", (c, _) => c.ReplyAsync("fine"))
        );

        (await AskAsync("/fail")).ShouldBe("Sorry, something went wrong on my side. Please try again later.");
        (await AskAsync("/ok")).ShouldBe("fine");
        run.Log.Lines.ShouldContain(l =>
            l.Contains("command.fail", StringComparison.Ordinal)
            && l.Contains("InvalidOperationException", StringComparison.Ordinal)
        );
        run.Log.Lines.ShouldAllBe(l =>
            !l.Contains("723456789", StringComparison.Ordinal) && !l.Contains($"{ada}", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_is_ended()
    {
        await run.RunAsync(
            new BotDefinition().OnCommand("hang", "Hang", (_, c) => Task.Delay(Timeout.Infinite, c)),
            _ => run.Options(handlerTimeout: TimeSpan.FromMilliseconds(100))
        );

        (await AskAsync("/hang")).ShouldStartWith("Sorry");
        run.Log.Lines.ShouldContain(l => l.Contains("HandlerTimeout", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_Hatcheck_is_down_the_person_is_told_so_in_a_plain_sentence()
    {
        using var nobody = new HatcheckClient(
            new HatcheckClientOptions
            {
                Url = new Uri("http://127.0.0.1:1"),
                ApiKey = new SecretText("hck_live_x"),
                MaxRetries = 0,
            }
        );
        await run.RunAsync(
            new BotDefinition()
                .OnCommand("start", "Begin", (c, cancellation) => nobody.ResolveTelegramAsync(c.Person.Id, cancellation))
                .OnButton("go", (_, cancellation) => nobody.GetTenantAsync(cancellation))
                .OnCommand("ask", "Ask", (c, _) => c.ReplyHtmlAsync("?", new Button("Go", "go")))
        );

        (await AskAsync("/start")).ShouldBe("Sorry, I can't reach my storage right now. Please try again in a few minutes.");
        await AskAsync("/ask");
        var question = (await Page.RepliesAsync(ada, SimulatedBotRun.Username))[^1];
        var answer = await Page.PressAsync(ada, SimulatedBotRun.Username, question, "go:");
        answer
            .GetProperty("text")
            .GetString()
            .ShouldBe("Sorry, I can't reach my storage right now. Please try again in a few minutes.");
        answer.GetProperty("show_alert").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task The_owner_is_told_of_the_first_fault_at_once_and_without_a_word_about_the_person()
    {
        var owner = await Page.AddPersonAsync("Olga");
        await Page.WriteAsync(owner, SimulatedBotRun.Username, "hello, bot");
        await run.RunAsync(
            new BotDefinition().OnCommand("fail", "Fail", (_, _) => throw new InvalidOperationException($"about {ada}")),
            _ => run.Options(owner: owner)
        );

        await AskAsync("/fail");

        var notice = (await Page.RepliesAsync(owner, SimulatedBotRun.Username, 1))[0].Text!;
        notice.ShouldContain("1 × InvalidOperationException in command.fail, last trace ");
        notice.ShouldNotContain($"{ada}");
        notice.ShouldNotContain("Ada");
    }

    [Fact]
    public async Task A_person_who_blocked_the_bot_is_no_fault()
    {
        var go = new TaskCompletionSource();
        await run.RunAsync(
            new BotDefinition().OnCommand(
                "slow",
                "Slow",
                async (c, _) =>
                {
                    seen.Enqueue("began");
                    await go.Task;
                    await c.ReplyAsync("too late");
                }
            )
        );
        await Page.WriteAsync(ada, SimulatedBotRun.Username, "/slow");
        await UntilAsync(() => !seen.IsEmpty);
        await Page.BlockAsync(ada, SimulatedBotRun.Username);
        go.SetResult();

        await UntilAsync(() => run.Log.Lines.Any(l => l.Contains("blocked the bot", StringComparison.Ordinal)));
        run.Log.Lines.ShouldAllBe(l => !l.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_long_answer_comes_in_parts_and_a_blank_one_not_at_all()
    {
        var text = string.Join('\n', Enumerable.Repeat(new string('é', 99), 60));
        await run.RunAsync(
            new BotDefinition()
                .OnCommand("long", "Long", (c, _) => c.ReplyAsync(text))
                .OnCommand("blank", "Blank", (c, _) => c.ReplyAsync(" \n "))
        );

        await Page.WriteAsync(ada, SimulatedBotRun.Username, "/blank");
        await Page.WriteAsync(ada, SimulatedBotRun.Username, "/long");

        var parts = await Page.RepliesAsync(ada, SimulatedBotRun.Username, 2);
        parts.Count.ShouldBe(2);
        string.Join('\n', parts.Select(p => p.Text!.TrimEnd())).ShouldBe(text);
    }

    [Fact]
    public async Task Kinds_that_were_asked_for_reach_their_handler_and_malformed_ones_end_nothing()
    {
        await run.RunAsync(
            new BotDefinition()
                .OnUpdate(
                    "poll",
                    (c, _) =>
                    {
                        seen.Enqueue(c.Content.GetProperty("question").GetString()!);
                        return Task.CompletedTask;
                    }
                )
                .OnMessage((c, _) => c.ReplyAsync("still here"))
        );
        await UntilAsync(() => run.Log.Lines.Any(l => l.Contains("is ready", StringComparison.Ordinal)));
        await AskAsync("first");

        await Page.InjectAsync(SimulatedBotRun.Username, new { poll = new { id = "1", question = "Which song?" } });
        await Page.InjectAsync(
            SimulatedBotRun.Username,
            new { message = new { message_id = "not a number", chat = new { id = ada, type = "private" } } }
        );
        await Page.InjectAsync(SimulatedBotRun.Username, new { message = new { } });
        await Page.InjectAsync(SimulatedBotRun.Username, new { callback_query = new { id = 5 } });

        (await AskAsync("hello")).ShouldBe("still here");
        await UntilAsync(() => seen.Contains("Which song?", StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_group_that_became_a_supergroup_is_answered_there()
    {
        var telegram = new FakeTelegram()
            .On(
                "sendMessage",
                body =>
                    body.GetProperty("chat_id").GetInt64() == -5
                        ? (
                            HttpStatusCode.BadRequest,
                            """
                            {"ok":false,"error_code":400,
                            "description":"Bad Request: group chat was upgraded to a supergroup chat",
                            "parameters":{"migrate_to_chat_id":-1007}}
                            """
                        )
                        : (HttpStatusCode.OK, """{"ok":true,"result":{"message_id":9}}""")
            )
            .Updates(
                """
                [{"update_id":1,"message":{"message_id":1,"from":{"id":7,"first_name":"A"},"chat":{"id":-5,"type":"group"},
                "text":"/hi"}}]
                """
            )
            .Updates(
                """
                [{"update_id":2,"message":{"message_id":2,"from":{"id":7,"first_name":"A"},"chat":{"id":-5,"type":"group"},
                "text":"/hi"}}]
                """
            );
        using var bot = telegram.Bot(new BotDefinition().OnCommand("hi", "Hi", (c, _) => c.ReplyAsync("hello")), run.Log);
        await bot.StartAsync(CancellationToken.None);
        await UntilAsync(() => telegram.Bodies("sendMessage").Count == 3);
        await bot.StopAsync(CancellationToken.None);

        telegram.Bodies("sendMessage").Select(b => b.GetProperty("chat_id").GetInt64()).ShouldBe([-5, -1007, -1007]);
    }

    private async Task<string> AskAsync(string text) => (await Page.AskAsync(ada, SimulatedBotRun.Username, text)).Text!;

    private static Task UntilAsync(Func<bool> condition) => Eventually.UntilAsync(condition);
}

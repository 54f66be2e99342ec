using System.Collections.Concurrent;
using System.Net;
using Hatcheck.Bots.BotApi;
using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;

namespace Hatcheck.Bots.Tests.BotApi;

public sealed class BotApiUpdateTests
{
    private const string Hi = """
        [{"update_id":1,"message":{"message_id":1,"date":1,"from":{"id":7,"is_bot":false,"first_name":"A"},
          "chat":{"id":7,"type":"private"},"text":"hi"}}]
        """;

    private const string Press = """
        [{"update_id":1,"callback_query":{"id":"c","from":{"id":7,"is_bot":false,"first_name":"A"},
          "chat_instance":"1","data":"any:thing"}}]
        """;

    private readonly ConcurrentQueue<string> seen = new();
    private readonly LogLines log = new();

    [Fact]
    public async Task Kinds_that_the_runtime_does_not_read_come_with_Telegram_Bots_types()
    {
        using var telegram = new FakeTelegram().Updates(
            """
            [{"update_id":1,"inline_query":{"id":"q","from":{"id":7,"is_bot":false,"first_name":"A"},"query":"tea","offset":""}},
             {"update_id":2,"message_reaction":{"chat":{"id":7,"type":"private"},"message_id":3,"date":1,"old_reaction":[],
               "new_reaction":[{"type":"emoji","emoji":"👍"}]}},
             {"update_id":3,"holographic_message":{"chat":{"id":7},"depth":3}}]
            """
        );
        var definition = new BotDefinition()
            .OnUpdate(UpdateType.InlineQuery, (_, update, _) => See($"{update.Id} {update.InlineQuery!.Query}"))
            .OnUpdate(
                UpdateType.MessageReaction,
                (_, update, _) => See($"{update.Id} {((ReactionTypeEmoji)update.MessageReaction!.NewReaction[0]).Emoji}")
            )
            .OnUpdate(
                "holographic_message",
                (context, _) =>
                    See($"{context.Update.Id} {context.Update.Type} {context.Content.GetProperty("depth").GetInt32()}")
            );

        await RunAsync(telegram, definition, expected: 3);

        seen.Order(StringComparer.Ordinal).ShouldBe(["1 tea", "2 👍", "3 Unknown 3"]);
        telegram
            .Bodies("getUpdates")[0]
            .GetProperty("allowed_updates")
            .EnumerateArray()
            .Select(k => k.GetString())
            .ShouldBe(["message", "callback_query", "inline_query", "message_reaction", "holographic_message"], true);
    }

    [Fact]
    public async Task An_update_that_Telegram_Bot_cannot_read_holds_up_no_other()
    {
        using var telegram = new FakeTelegram().Updates(
            """
            [{"update_id":1,"message_reaction":{"chat":{"id":7,"type":"private"},"message_id":3,"date":1,"old_reaction":[],
               "new_reaction":[{"type":"sparkle"}]}},
             {"update_id":2,"message_reaction":{"chat":{"id":7,"type":"private"},"message_id":4,"date":1,"old_reaction":[],
               "new_reaction":[]}}]
            """
        );

        await RunAsync(
            telegram,
            new BotDefinition().OnUpdate(
                UpdateType.MessageReaction,
                (_, update, _) => See($"{update.MessageReaction!.MessageId}")
            ),
            expected: 1
        );

        seen.ShouldBe(["4"]);
        log.Lines.ShouldContain(l => l.Contains("JsonException", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_button_without_a_prefix_of_ours_reaches_the_handler_and_is_answered_once()
    {
        using var telegram = new FakeTelegram()
            .On("answerCallbackQuery", _ => (HttpStatusCode.OK, """{"ok":true,"result":true}"""))
            .Updates(Press);
        var definition = new BotDefinition().OnUpdate(
            UpdateType.CallbackQuery,
            async (client, update, stop) =>
            {
                await client.AnswerCallbackQuery(update.CallbackQuery!.Id, "Well", cancellationToken: stop);
                await See(update.CallbackQuery.Data!);
            }
        );

        await RunAsync(telegram, definition, expected: 1);

        seen.ShouldBe(["any:thing"]);
        telegram.Bodies("answerCallbackQuery").ShouldHaveSingleItem().GetProperty("text").GetString().ShouldBe("Well");
    }

    [Fact]
    public async Task The_runtime_ends_the_waiting_mark_if_the_handler_answered_another_query_or_failed_to()
    {
        var asked = new ConcurrentQueue<string>();
        using var telegram = new FakeTelegram()
            .On(
                "answerCallbackQuery",
                body =>
                {
                    var isEmpty = !body.TryGetProperty("text", out var text);
                    asked.Enqueue($"{body.GetProperty("callback_query_id").GetString()} {text}");
                    return isEmpty || text.GetString() == "Other"
                        ? (HttpStatusCode.OK, """{"ok":true,"result":true}""")
                        : (HttpStatusCode.BadRequest, """{"ok":false,"error_code":400,"description":"Bad Request"}""");
                }
            )
            .Updates(Press);
        var definition = new BotDefinition().OnUpdate(
            UpdateType.CallbackQuery,
            async (client, update, stop) =>
            {
                await client.AnswerCallbackQuery("another", "Other", cancellationToken: stop);
                await Should.ThrowAsync<ApiRequestException>(() =>
                    client.AnswerCallbackQuery(update.CallbackQuery!.Id, "Refused", cancellationToken: stop)
                );
                await See("handled");
            }
        );

        await RunAsync(telegram, definition, expected: 1);

        asked.ShouldBe(["another Other", "c Refused", "c "]);
    }

    [Fact]
    public async Task A_person_who_blocked_the_bot_is_no_fault_by_this_way_either()
    {
        using var telegram = new FakeTelegram()
            .On("sendPoll", _ => (HttpStatusCode.Forbidden, """{"ok":false,"error_code":403,"description":"Forbidden"}"""))
            .Updates(Hi);
        var definition = new BotDefinition().OnMessage(
            async (context, stop) =>
            {
                await See("asked");
                await context.Client.SendPoll(context.ChatId, "Tea?", ["Yes", "No"], cancellationToken: stop);
            }
        );

        await RunAsync(telegram, definition, expected: 1);

        log.Lines.ShouldContain(l => l.Contains("blocked the bot", StringComparison.Ordinal));
        log.Lines.ShouldAllBe(l => !l.Contains("failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_handler_sends_ends_with_the_handlers_time()
    {
        using var telegram = new FakeTelegram()
            .On("sendMessage", _ => (HttpStatusCode.OK, """{"ok":true,"result":{"message_id":9}}"""))
            .On(
                "sendPoll",
                _ =>
                    (
                        HttpStatusCode.OK,
                        """{"ok":false,"error_code":429,"description":"Too Many","parameters":{"retry_after":60}}"""
                    )
            )
            .Updates(Hi);
        var options = new TelegramBotOptions
        {
            Token = telegram.Options().Token,
            TelegramUrl = telegram.Options().TelegramUrl,
            Handler = telegram,
            HandlerTimeout = TimeSpan.FromMilliseconds(200),
        };
        // The handler forgets to hand its cancellation on.
        var definition = new BotDefinition().OnMessage(
            async (context, _) =>
            {
                await Should.ThrowAsync<OperationCanceledException>(() =>
                    context.Client.SendPoll(context.ChatId, "Tea?", ["Yes", "No"], cancellationToken: CancellationToken.None)
                );
                await See("ended");
            }
        );

        await RunAsync(telegram, definition, expected: 1, options);

        seen.ShouldBe(["ended"]);
    }

    [Fact]
    public void An_unknown_kind_has_to_be_named() =>
        Should.Throw<ArgumentException>(() => new BotDefinition().OnUpdate(UpdateType.Unknown, (_, _, _) => Task.CompletedTask));

    private Task See(string what)
    {
        seen.Enqueue(what);
        return Task.CompletedTask;
    }

    private async Task RunAsync(FakeTelegram telegram, BotDefinition definition, int expected, TelegramBotOptions? options = null)
    {
        using var bot = telegram.Bot(definition, log, options);
        await bot.StartAsync(CancellationToken.None);
        await Eventually.UntilAsync(() => seen.Count >= expected);
        await bot.StopAsync(CancellationToken.None);
    }
}

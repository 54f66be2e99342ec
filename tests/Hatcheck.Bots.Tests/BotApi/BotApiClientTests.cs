using System.Net;
using System.Text;
using System.Text.Json;
using Hatcheck.Bots.BotApi;
using Hatcheck.TestKit;
using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types;
using Telegram.Bot.Types.InlineQueryResults;

namespace Hatcheck.Bots.Tests.BotApi;

public sealed class BotApiClientTests : IDisposable
{
    private const string Sent = """{"ok":true,"result":{"message_id":9,"date":1,"chat":{"id":7,"type":"private"}}}""";
    private const string Wait = """{"ok":false,"error_code":429,"description":"Too Many","parameters":{"retry_after":1}}""";
    private const string Done = """{"ok":true,"result":true}""";

    private readonly FakeTelegram telegram = new();
    private readonly LogLines log = new();
    private readonly ManualTime time = new();
    private readonly TelegramBot bot;

    public BotApiClientTests() => bot = telegram.Bot(new BotDefinition(), log, telegram.Options(time: time));

    private ITelegramBotClient Client => bot.Client;

    public void Dispose()
    {
        bot.Dispose();
        telegram.Dispose();
    }

    [Fact]
    public async Task Methods_that_the_runtime_does_not_know_work()
    {
        telegram.On("sendPoll", _ => Ok(Sent)).On("setMessageReaction", _ => Ok(Done)).On("answerInlineQuery", _ => Ok(Done));

        (await Client.SendPoll(7, "Tea?", ["Yes", "No"])).Id.ShouldBe(9);
        await Client.SetMessageReaction(7, 9, ["👍"]);
        await Client.AnswerInlineQuery("q1", [new InlineQueryResultArticle("1", "Title", new InputTextMessageContent("Text"))]);

        var poll = telegram.Bodies("sendPoll")[0];
        poll.GetProperty("chat_id").GetInt64().ShouldBe(7);
        poll.GetProperty("options")[1].GetProperty("text").GetString().ShouldBe("No");
        telegram.Bodies("setMessageReaction")[0].GetProperty("reaction")[0].GetProperty("emoji").GetString().ShouldBe("👍");
        telegram
            .Bodies("answerInlineQuery")[0]
            .GetProperty("results")[0]
            .GetProperty("input_message_content")
            .GetProperty("message_text")
            .GetString()
            .ShouldBe("Text");
    }

    [Fact]
    public async Task A_file_goes_by_stream_by_id_and_by_address()
    {
        telegram.On("sendPhoto", _ => Ok(Sent));

        await Client.SendPhoto(7, InputFile.FromStream(new MemoryStream("pixels"u8.ToArray()), "Grün.png"), "a view");
        await Client.SendPhoto(7, InputFile.FromFileId("AgAD"));
        await Client.SendPhoto(7, InputFile.FromUri("https://pictures.example/1.png"));

        var form = telegram.Forms.ShouldHaveSingleItem();
        form.ShouldContain("pixels");
        form.ShouldContain("attach://0");
        form.ShouldContain("a view");
        telegram.Bodies("sendPhoto")[1].GetProperty("photo").GetString().ShouldBe("AgAD");
        telegram.Bodies("sendPhoto")[2].GetProperty("photo").GetString().ShouldBe("https://pictures.example/1.png");
    }

    [Fact]
    public async Task A_stream_that_can_be_read_once_only_is_sent_again_whole()
    {
        var answers = new Queue<string>(["""{"ok":false,"error_code":502,"description":"Bad Gateway"}""", Sent]);
        telegram.On("sendDocument", _ => Ok(answers.Dequeue()));

        await PassAsync(Client.SendDocument(7, InputFile.FromStream(new ReadOnce("page one"))));

        telegram.Forms.Count.ShouldBe(2);
        telegram.Forms.ShouldAllBe(f => f.Contains("page one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stream_is_read_in_the_chats_turn_and_not_before()
    {
        var answers = new Queue<string>([Wait, Sent, Sent]);
        telegram.On("sendDocument", _ => Ok(answers.Dequeue()));
        var waiting = new ReadOnce("page two");

        var first = Client.SendDocument(7, InputFile.FromStream(new ReadOnce("page one")));
        var second = Client.SendDocument(7, InputFile.FromStream(waiting));
        await Eventually.UntilAsync(() => telegram.Forms.Count == 1);
        waiting.Reads.ShouldBe(0);
        await PassAsync(Task.WhenAll(first, second));

        waiting.Reads.ShouldBe(1);
        telegram.Forms.Select(f => f.Contains("page one", StringComparison.Ordinal)).ShouldBe([true, true, false]);
    }

    [Fact]
    public async Task After_a_429_the_chat_waits_in_order_and_the_others_do_not()
    {
        var refused = false;
        telegram.On(
            "sendPoll",
            body =>
            {
                if (refused || body.GetProperty("chat_id").GetInt64() != 7)
                    return Ok(Sent);
                refused = true;
                return (HttpStatusCode.TooManyRequests, Wait);
            }
        );

        var first = Client.SendPoll(7, "1", ["a", "b"]);
        var second = Client.SendPoll(7, "2", ["a", "b"]);
        // Another instance of the client, and the runtime's own way, stand in the same line.
        var third = bot.Responder.Sender.CallAsync(7, _ => bot.Client.TestApi(), CancellationToken.None);
        await Client.SendPoll(8, "other", ["a", "b"]);
        first.IsCompleted.ShouldBeFalse();
        second.IsCompleted.ShouldBeFalse();
        third.IsCompleted.ShouldBeFalse();
        await PassAsync(Task.WhenAll(first, second, third));

        var asked = telegram
            .Calls.Where(c => c.Method is "sendPoll" or "getMe")
            .Select(c => c.Method == "getMe" ? "3" : c.Body.GetProperty("question").GetString()!)
            .ToArray();
        asked.Where(q => q != "other").ShouldBe(["1", "1", "2", "3"]);
        Array.IndexOf(asked, "other").ShouldBeLessThan(2);
    }

    [Fact]
    public async Task A_429_about_no_chat_is_waited_out_too()
    {
        var answers = new Queue<string>([Wait, Done]);
        telegram.On("answerInlineQuery", _ => Ok(answers.Dequeue()));

        await PassAsync(Client.AnswerInlineQuery("q1", []));

        telegram.Bodies("answerInlineQuery").Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_429_that_does_not_end_is_asked_five_times_about_a_chat_or_none()
    {
        telegram
            .On("getChatMemberCount", _ => (HttpStatusCode.TooManyRequests, Wait))
            .On("deleteMessage", _ => (HttpStatusCode.TooManyRequests, Wait));

        await Should.ThrowAsync<ApiRequestException>(() => PassAsync(Client.GetChatMemberCount(7)));
        await Should.ThrowAsync<TelegramException>(() =>
            PassAsync(bot.Responder.Sender.DeleteAsync(7, 9, CancellationToken.None))
        );

        telegram.Bodies("getChatMemberCount").Count.ShouldBe(5);
        telegram.Bodies("deleteMessage").Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_group_that_became_a_supergroup_is_answered_there_with_a_file_too()
    {
        (HttpStatusCode Status, string Json) Moved(JsonElement body) =>
            body.ValueKind == JsonValueKind.Object && body.GetProperty("chat_id").GetInt64() == -1007
                ? Ok(Sent)
                : Ok("""{"ok":false,"error_code":400,"description":"Bad","parameters":{"migrate_to_chat_id":-1007}}""");
        telegram.On("sendPoll", Moved).On("sendDocument", _ => Ok(Sent));

        await Client.SendPoll(-7, "Tea?", ["Yes", "No"]);
        await Client.SendDocument(-7, InputFile.FromStream(new MemoryStream([65])));

        telegram.Bodies("sendPoll").Count.ShouldBe(2);
        telegram.Forms.ShouldHaveSingleItem().ShouldContain("-1007");
    }

    [Fact]
    public async Task Silence_is_answered_by_asking_again_only_where_nothing_is_done_twice()
    {
        telegram
            .On("sendPoll", _ => throw new HttpRequestException(HttpRequestError.ResponseEnded))
            .On("getChatMemberCount", _ => throw new HttpRequestException(HttpRequestError.ResponseEnded));

        var silence = await Should.ThrowAsync<RequestException>(() => PassAsync(Client.SendPoll(7, "Tea?", ["Yes", "No"])));
        silence.ShouldNotBeOfType<ApiRequestException>();
        await Should.ThrowAsync<RequestException>(() => PassAsync(Client.GetChatMemberCount(7)));

        telegram.Bodies("sendPoll").Count.ShouldBe(1);
        telegram.Bodies("getChatMemberCount").Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_refusal_is_the_exception_that_its_users_know_without_the_token()
    {
        telegram.On(
            "sendPoll",
            _ =>
                (
                    HttpStatusCode.BadRequest,
                    $$$"""
                    {"ok":false,"error_code":400,"description":"/bot{{{FakeTelegram.Token}}}/x",
                    "parameters":{"retry_after":99}}
                    """
                )
        );

        var refusal = await Should.ThrowAsync<ApiRequestException>(() => Client.SendPoll(7, "Tea?", ["Yes", "No"]));

        refusal.ErrorCode.ShouldBe(400);
        refusal.Parameters!.RetryAfter.ShouldBe(99);
        refusal.Message.ShouldBe("/bot110201543:***/x");
        refusal.ToString().ShouldNotContain("AAHdqTcvCH1");
    }

    [Fact]
    public async Task Waiting_for_the_pace_ends_with_its_cancellation()
    {
        telegram.On("sendPoll", _ => Ok(Sent));
        for (var i = 0; i < 3; i++)
            await Client.SendPoll(7, "Tea?", ["Yes", "No"]);
        using var cancelled = new CancellationTokenSource();
        var waiting = Client.SendPoll(7, "Tea?", ["Yes", "No"], cancellationToken: cancelled.Token);
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        telegram.Bodies("sendPoll").Count.ShouldBe(3);
    }

    [Fact]
    public async Task Nothing_takes_updates_from_the_runtime_nor_shows_an_address()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => Client.GetUpdates());
        await Should.ThrowAsync<InvalidOperationException>(() => Client.SetWebhook("https://bot.example"));
        await Should.ThrowAsync<InvalidOperationException>(() => Client.DeleteWebhook());
        await Should.ThrowAsync<InvalidOperationException>(() => Client.LogOut());
        await Should.ThrowAsync<InvalidOperationException>(() => Client.Close());
        Should.Throw<NotSupportedException>(() => Client.OnMakingApiRequest += (_, _, _) => default);
        Should.Throw<NotSupportedException>(() => Client.OnApiResponseReceived += (_, _, _) => default);
        telegram.Calls.ShouldBeEmpty();
    }

    /// <summary>Lets the bot's time pass until it is done.</summary>
    private async Task PassAsync(Task work)
    {
        while (!work.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Delay(20);
        }

        await work;
    }

    private static (HttpStatusCode Status, string Json) Ok(string json) => (HttpStatusCode.OK, json);

    private sealed class ReadOnce(string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public int Reads { get; private set; }

        public override bool CanSeek => false;

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            Reads++;
            return base.CopyToAsync(destination, bufferSize, cancellationToken);
        }
    }
}

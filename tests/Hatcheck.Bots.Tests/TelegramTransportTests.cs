using System.Net;
using Hatcheck.Bots.Telegram;
using Hatcheck.Crypto;

namespace Hatcheck.Bots.Tests;

public sealed class TelegramTransportTests
{
    private const string Sent = """{"ok":true,"result":{"message_id":9}}""";
    private const string Trouble = """{"ok":false,"error_code":500,"description":"Internal Server Error"}""";

    [Fact]
    public async Task No_failure_carries_the_token_or_the_text()
    {
        foreach (
            var failure in new Func<Exception>[]
            {
                () => new HttpRequestException($"https://telegram.example/bot{FakeTelegram.Token}/sendMessage"),
                () => new NotSupportedException(FakeTelegram.Token),
                () => new TaskCanceledException(FakeTelegram.Token),
            }
        )
        {
            using var broken = new ThrowingHandler(failure);
            var client = Client(broken);

            using var first = new CancellationTokenSource();
            using var second = new CancellationTokenSource();
            var stop = first;
            Task Send() => client.SendMessageAsync(Message(), stop.Token);
            Task Fetch() => client.DownloadPathAsync("a", stop.Token);

            var sending = await Should.ThrowAsync<TelegramException>(Send);
            var fetching = await Should.ThrowAsync<TelegramException>(Fetch);
            broken.Before = () => stop.Cancel();
            var stopped = await Should.ThrowAsync<OperationCanceledException>(Send);
            stop = second;
            var ended = await Should.ThrowAsync<OperationCanceledException>(Fetch);

            foreach (var fault in new Exception[] { sending, fetching, stopped, ended })
            {
                fault.InnerException.ShouldBeNull();
                fault.ToString().ShouldNotContain("AAHdqTcvCH1");
            }
        }

        using var telegram = new FakeTelegram().On(
            "sendMessage",
            _ =>
                (
                    HttpStatusCode.BadRequest,
                    """{"ok":false,"error_code":400,"description":"Bad Request: can't parse entities: the private words"}"""
                )
        );
        var refusal = await Should.ThrowAsync<TelegramException>(() =>
            Client(telegram).SendMessageAsync(Message(), CancellationToken.None)
        );
        refusal.ToString().ShouldNotContain("private words");
        refusal.ErrorCode.ShouldBe(400);
    }

    [Fact]
    public async Task A_message_is_sent_again_after_an_answer_that_it_failed_but_not_after_silence()
    {
        var answers = new Queue<string>([Trouble, Trouble, Sent]);
        using var flaky = new FakeTelegram().On("sendMessage", _ => (HttpStatusCode.OK, answers.Dequeue()));
        (await Client(flaky).SendMessageAsync(Message(), CancellationToken.None)).MessageId.ShouldBe(9);

        using var silent = new ThrowingHandler(() => new HttpRequestException(HttpRequestError.ResponseEnded));
        await Should.ThrowAsync<TelegramException>(() => Client(silent).SendMessageAsync(Message(), CancellationToken.None));
        silent.Calls.ShouldBe(1);

        using var unreachable = new ThrowingHandler(() => new HttpRequestException(HttpRequestError.ConnectionError));
        await Should.ThrowAsync<TelegramException>(() => Client(unreachable).SendMessageAsync(Message(), CancellationToken.None));
        unreachable.Calls.ShouldBe(4);
    }

    [Fact]
    public async Task A_call_that_may_be_repeated_is_repeated_after_silence_too()
    {
        using var silent = new ThrowingHandler(() => new HttpRequestException(HttpRequestError.ResponseEnded));

        await Should.ThrowAsync<TelegramException>(() => Client(silent).GetMeAsync(CancellationToken.None));

        silent.Calls.ShouldBe(4);
    }

    [Fact]
    public async Task An_unmodified_edit_a_deleted_message_and_an_expired_press_are_no_faults()
    {
        static (HttpStatusCode Status, string Json) Refuse(string text) =>
            (HttpStatusCode.BadRequest, $$"""{"ok":false,"error_code":400,"description":"Bad Request: {{text}}"}""");
        using var telegram = new FakeTelegram()
            .On("editMessageText", _ => Refuse("message is not modified: specified new message content is the same"))
            .On("deleteMessage", _ => Refuse("message to delete not found"))
            .On("answerCallbackQuery", _ => Refuse("query is too old and response timeout expired or query ID is invalid"));
        var client = Client(telegram);

        await client.EditMessageTextAsync(
            new EditMessageTextRequest
            {
                ChatId = 1,
                MessageId = 2,
                Text = "x",
            },
            CancellationToken.None
        );
        await client.DeleteMessageAsync(1, 2, CancellationToken.None);
        (
            await client.AnswerCallbackQueryAsync(new AnswerCallbackRequest { CallbackQueryId = "1" }, CancellationToken.None)
        ).ShouldBeFalse();
    }

    [Fact]
    public async Task A_proxys_page_is_an_outage()
    {
        using var telegram = new FakeTelegram().On("sendMessage", _ => (HttpStatusCode.OK, "<html>welcome to the hotel"));

        (
            await Should.ThrowAsync<TelegramException>(() => Client(telegram).SendMessageAsync(Message(), CancellationToken.None))
        ).ErrorCode.ShouldBe(502);
    }

    [Theory]
    [InlineData(200, "<html>welcome to the hotel")]
    [InlineData(200, """{"ok":true,"result":{"mess""")]
    [InlineData(302, "")]
    [InlineData(500, Sent)]
    [InlineData(502, "<html>bad gateway")]
    [InlineData(504, """{"error":"upstream"}""")]
    public async Task An_answer_that_is_not_Telegrams_counts_as_silence(int status, string body)
    {
        using var telegram = new FakeTelegram()
            .On("sendMessage", _ => ((HttpStatusCode)status, body))
            .On("getMe", _ => ((HttpStatusCode)status, body));
        var client = Client(telegram);

        await Should.ThrowAsync<TelegramException>(() => client.SendMessageAsync(Message(), CancellationToken.None));
        await Should.ThrowAsync<TelegramException>(() => client.GetMeAsync(CancellationToken.None));

        telegram.Bodies("sendMessage").Count.ShouldBe(1);
        telegram.Bodies("getMe").Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1", true)]
    [InlineData("110201543", false)]
    [InlineData(":AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1", false)]
    [InlineData("1:AAH/../..", false)]
    [InlineData("1:AAHdq?x=1#TcvCH1", false)]
    [InlineData(" 1:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1", false)]
    public void Only_what_has_a_tokens_form_gets_into_an_address(string text, bool isToken)
    {
        var token = BotToken.TryParse(new SecretText(text));

        (token is not null).ShouldBe(isToken);
        if (token is not null)
            token.ToString().ShouldBe("***");
    }

    [Fact]
    public async Task A_file_is_downloaded_up_to_Telegrams_limit()
    {
        await using var run = await SimulatedBotRun.StartAsync();
        var ada = await run.Page.AddPersonAsync();
        await run.RunAsync(
            new BotDefinition().OnMessage(
                async (c, _) =>
                {
                    if (c.HasFile)
                        await c.ReplyFileAsync($"copy of {c.FileName}", await c.DownloadAsync(), "text/plain", "here");
                }
            )
        );
        await run.Page.SendFileAsync(ada, SimulatedBotRun.Username, "notes.txt", "la la la");

        var reply = (await run.Page.RepliesAsync(ada, SimulatedBotRun.Username, 1))[0];
        reply.File!.Name.ShouldBe("copy of notes.txt");
        (await run.Page.DownloadAsync(reply.File)).ShouldBe("la la la");
    }

    private static SendMessageRequest Message() => new() { ChatId = 7, Text = "private words" };

    private static TelegramClient Client(HttpMessageHandler handler) =>
        new(
            new TelegramTransport(
                BotToken.TryParse(new SecretText(FakeTelegram.Token))!,
                new Uri("https://telegram.example"),
                handler,
                TimeProvider.System,
                TimeSpan.FromMilliseconds(1)
            )
        );

    private sealed class ThrowingHandler(Func<Exception> failure) : HttpMessageHandler
    {
        public int Calls { get; private set; }

        public Action Before { get; set; } = () => { };

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            Before();
            throw failure();
        }
    }
}

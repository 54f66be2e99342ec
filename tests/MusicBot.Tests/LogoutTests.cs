using Hatcheck.Bots;
using Hatcheck.Crypto;
using Hatcheck.TestKit;
using MusicBot.Conversation;

namespace MusicBot.Tests;

public sealed class LogoutTests : IAsyncLifetime
{
    private const string Deleted =
        "Done. Everything I kept about you is deleted, and the key that could open it is destroyed. Send /start if you would "
        + "like to begin again.";
    private MusicBotRun run = null!;
    private long ada;

    public async ValueTask InitializeAsync()
    {
        run = await MusicBotRun.StartAsync();
        ada = await run.Page.AddPersonAsync("Ada");
        await run.AskAsync(ada, "/start");
    }

    public ValueTask DisposeAsync() => run.DisposeAsync();

    [Fact]
    public async Task Yes_deletes_confirms_and_leaves_nothing_to_press()
    {
        var question = await run.AskAsync(ada, "/logout");
        question.Text!.ShouldContain("There is no way back.");
        question.Buttons![0].Select(b => b.Text).ShouldBe(["Yes, delete everything", "No, keep it"]);

        await PressAsync(question, 0);

        run.Hatcheck.Users.ShouldBe(0);
        var after = (await run.Page.RepliesAsync(ada, MusicBotRun.Bot)).Single(m => m.MessageId == question.MessageId);
        after.Text.ShouldBe(Deleted);
        (after.Buttons ?? []).ShouldBeEmpty();
        (await run.AskAsync(ada, "/mydata")).Text!.ShouldStartWith("I don't have anything about you.");
    }

    [Fact]
    public async Task No_keeps_everything()
    {
        var question = await run.AskAsync(ada, "/logout");

        await PressAsync(question, 1);

        run.Hatcheck.Users.ShouldBe(1);
        (await run.Page.RepliesAsync(ada, MusicBotRun.Bot))
            .Single(m => m.MessageId == question.MessageId)
            .Text.ShouldBe("Nothing was deleted.");
    }

    [Fact]
    public async Task A_second_press_says_that_it_is_done_and_makes_nobody_anew()
    {
        var question = await run.AskAsync(ada, "/logout");
        await PressAsync(question, 0);

        await InjectPressAsync(ada, question.Data(0, 0), question.MessageId);
        await FinishedAsync("button.logout", 2);

        run.Hatcheck.Users.ShouldBe(0);
        run.Log.ShouldAllBe(l => !l.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_did_not_ask_deletes_nothing_by_pressing()
    {
        var mallory = await run.Page.AddPersonAsync("Mallory");
        await run.AskAsync(mallory, "/start");
        var question = await run.AskAsync(ada, "/logout");

        await InjectPressAsync(mallory, question.Data(0, 0), question.MessageId);
        await FinishedAsync("button.logout", 1);

        run.Hatcheck.Users.ShouldBe(2);
        run.Hatcheck.Requests.ShouldNotContain(r => r.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_Hatcheck_is_down_at_the_press_the_question_stays_to_be_pressed_again()
    {
        var question = await run.AskAsync(ada, "/logout");
        run.Hatcheck.IsDown = true;

        var answer = await run.Page.PressAsync(ada, MusicBotRun.Bot, question, question.Data(0, 0));
        answer.GetProperty("text").GetString()!.ShouldStartWith("Sorry, I can't reach my storage");
        run.Hatcheck.IsDown = false;
        await PressAsync(question, 0);

        run.Hatcheck.Users.ShouldBe(0);
    }

    [Fact]
    public void A_payload_is_good_for_its_person_its_ticket_and_ten_minutes()
    {
        var time = new ManualTime();
        using var token = new SecretText(MusicBotRun.Token);
        var buttons = new LogoutButtons(token, time);
        var user = Guid.NewGuid();
        var asker = PersonOf(7);
        var payload = Payload(buttons.Yes(asker, user));

        buttons.Read(asker, payload).ShouldBe(new LogoutPress.Yes(user));
        buttons.Read(asker, Payload(buttons.No(asker, user))).ShouldBe(new LogoutPress.No());
        buttons.Read(PersonOf(8), payload).ShouldBe(new LogoutPress.NotTheirs());
        payload.ShouldNotContain(".7.");
        time.Advance(TimeSpan.FromMinutes(10));
        buttons.Read(asker, payload).ShouldBe(new LogoutPress.Expired());
    }

    [Fact]
    public void A_changed_payload_is_nobodys()
    {
        using var token = new SecretText(MusicBotRun.Token);
        using var other = new SecretText("110201543:ANOTHERTOKENANOTHERTOKENANOTHERTOKE");
        var buttons = new LogoutButtons(token, new ManualTime());
        var asker = PersonOf(7);
        var payload = Payload(buttons.Yes(asker, Guid.NewGuid()));
        for (var i = 0; i < payload.Length; i++)
        {
            var changed = string.Concat(payload.AsSpan(0, i), payload[i] == 'A' ? "B" : "A", payload.AsSpan(i + 1));
            buttons.Read(asker, changed).ShouldBe(new LogoutPress.NotTheirs());
        }

        new LogoutButtons(other, new ManualTime()).Read(asker, payload).ShouldBe(new LogoutPress.NotTheirs());
        foreach (
            var nonsense in new[]
            {
                "",
                "y",
                "y...",
                "y.a.b.c",
                "....",
                new string('.', 50),
                "y.AAAAAAAAAAAAAAAAAAAAAA.zz.AAAA",
                "ü.😀.1.x",
            }
        )
        {
            buttons.Read(asker, nonsense).ShouldBe(new LogoutPress.NotTheirs());
        }
    }

    private static Person PersonOf(long id) => new(id, "A", languageCode: null);

    private static string Payload(Button button) => button.Data[(LogoutButtons.Prefix.Length + 1)..];

    private Task<System.Text.Json.JsonElement> PressAsync(SeenMessage question, int column) =>
        run.Page.PressAsync(ada, MusicBotRun.Bot, question, question.Data(0, column));

    private Task InjectPressAsync(long person, string data, long message) =>
        run.Page.InjectAsync(
            MusicBotRun.Bot,
            new
            {
                callback_query = new
                {
                    id = "424242",
                    from = new
                    {
                        id = person,
                        is_bot = false,
                        first_name = "M",
                    },
                    message = new
                    {
                        message_id = message,
                        date = 1,
                        chat = new
                        {
                            id = ada,
                            type = "private",
                            first_name = "Ada",
                        },
                    },
                    chat_instance = "1",
                    data,
                },
            }
        );

    private Task FinishedAsync(string handler, int count) =>
        Eventually.UntilAsync(() => run.Log.Count(l => l.Contains($"{handler} finished", StringComparison.Ordinal)) >= count);
}

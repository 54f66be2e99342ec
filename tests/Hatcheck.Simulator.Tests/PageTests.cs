using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Simulator.Tests;

public sealed class PageTests
{
    private static readonly string Chat = $"/sim/chats/{Simulated.Ada}/{Simulated.Username}";

    [Fact]
    public async Task Ada_is_there_at_first_sight_and_others_can_join()
    {
        await using var sim = await Simulated.StartAsync();
        (await sim.Get("/sim/people"))
            .ToJsonString()
            .ShouldBe("""[{"id":5839204117,"first_name":"Ada","username":"ada_okonkwo","language_code":"en"}]""");
        var joined = await sim.Post("/sim/people", new { first_name = "Nguyễn Thị Lan", language_code = "vi" });
        joined["id"]!.GetValue<long>().ShouldBeInRange(1_000_000_000, 9_000_000_000);
        (await sim.Post("/sim/people", new { first_name = "Oluwaseun", id = 4_503_599_627_370_495 }))["language_code"]!
            .GetValue<string>()
            .ShouldBe("en");
        (await sim.Get("/sim/people")).AsArray().Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"first_name":""}""")]
    [InlineData("""{"first_name":"A","id":0}""")]
    [InlineData("""{"first_name":"A","id":4503599627370496}""")]
    [InlineData("""{"first_name":"A","id":5839204117}""")]
    [InlineData("""{"first_name":"A","username":"a b"}""")]
    [InlineData("""{"first_name":"A","language_code":"a"}""")]
    [InlineData("""{"first_name":"A","shoe_size":44}""")]
    [InlineData("""{"first_name":null}""")]
    [InlineData("""{"first_name":"\ud800"}""")]
    [InlineData("""["Ada"]""")]
    public async Task A_person_who_cannot_be_is_refused(string person)
    {
        await using var sim = await Simulated.StartAsync();
        (await Post(sim, "/sim/people", person)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await sim.Get("/sim/people")).AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task There_is_room_for_so_many_people_and_messages_only()
    {
        await using var sim = await Simulated.StartAsync(o => (o.MaxPeople, o.MessagesPerChat) = (2, 3));
        await sim.Post("/sim/people", new { first_name = "Yuki" });
        (await Post(sim, "/sim/people", """{"first_name":"Omar"}""")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        foreach (var text in (string[])["1", "2", "3", "4"])
            await sim.Says(text);
        (await sim.Chat()).Select(m => m!["text"]!.GetValue<string>()).ShouldBe(["2", "3", "4"]);
    }

    [Fact]
    public async Task The_bots_are_listed_without_their_tokens_and_with_their_commands()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Ok("setMyCommands", new { commands = new[] { new { command = "start", description = "Begin" } } });
        await sim.Ok(
            "setMyCommands",
            new { commands = new[] { new { command = "start", description = "Beginnen" } }, language_code = "de" }
        );
        (await sim.Get("/sim/bots"))
            .ToJsonString()
            .ShouldBe(
                """
                [{"token_hint":"110201543:…saw1","id":110201543,"username":"music_bot","first_name":"Music",
                "mode":"none","commands":[{"command":"start","description":"Begin"}]}]
                """.ReplaceLineEndings("").Replace("…", "\\u2026", StringComparison.Ordinal)
            );
        (await sim.Ok("getMyCommands", new { language_code = "de" }))
            .ToJsonString()
            .ShouldBe("""[{"command":"start","description":"Beginnen"}]""");
        await sim.Ok("deleteMyCommands");
        (await sim.Ok("getMyCommands")).AsArray().ShouldBeEmpty();
        (await sim.Ok("getMyCommands", new { scope = new { type = "chat", chat_id = 1 } })).AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pressed_button_waits_for_the_bots_answer()
    {
        await using var sim = await Simulated.StartAsync();
        var message = await Keyboard(sim);
        var press = sim.Post($"{Chat}/callbacks", new { message_id = message, callback_data = "yes" });
        var query = await NextCallback(sim);
        query["data"]!.GetValue<string>().ShouldBe("yes");
        query["from"]!["id"]!.GetValue<long>().ShouldBe(Simulated.Ada);
        query["message"]!["reply_markup"].ShouldNotBeNull();
        await sim.Ok(
            "answerCallbackQuery",
            new
            {
                callback_query_id = query["id"]!.GetValue<string>(),
                text = "Done",
                show_alert = true,
            }
        );
        (await press).ToJsonString().ShouldBe("""{"answered":true,"text":"Done","show_alert":true}""");
        (await sim.Refused("answerCallbackQuery", new { callback_query_id = query["id"]!.GetValue<string>() })).ShouldContain(
            "query is too old"
        );
    }

    [Fact]
    public async Task A_button_that_nobody_answers_gives_up_and_the_query_is_too_old()
    {
        await using var sim = await Simulated.StartAsync();
        var message = await Keyboard(sim);
        var press = sim.Post($"{Chat}/callbacks", new { message_id = message, callback_data = "yes" });
        var id = (await NextCallback(sim))["id"]!.GetValue<string>();
        (await sim.Time.NextTimer()).ShouldBe(15);
        sim.Time.Advance(TimeSpan.FromSeconds(16));
        (await press).ToJsonString().ShouldBe("""{"answered":false,"show_alert":false}""");
        (await sim.Refused("answerCallbackQuery", new { callback_query_id = id })).ShouldBe(
            "400 Bad Request: query is too old and response timeout expired or query ID is invalid"
        );
    }

    [Fact]
    public async Task Only_a_button_that_is_there_can_be_pressed()
    {
        await using var sim = await Simulated.StartAsync();
        var message = await Keyboard(sim);
        (await Post(sim, $"{Chat}/callbacks", $$"""{"message_id":{{message}},"callback_data":"no"}""")).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );
        await sim.Ok("editMessageReplyMarkup", new { chat_id = Simulated.Ada, message_id = message });
        (await Post(sim, $"{Chat}/callbacks", $$"""{"message_id":{{message}},"callback_data":"yes"}""")).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );
    }

    [Fact]
    public async Task An_edit_shows_and_the_same_edit_again_is_refused()
    {
        await using var sim = await Simulated.StartAsync();
        var message = await Keyboard(sim);
        sim.Time.Advance(TimeSpan.FromSeconds(5));
        var edited = await sim.Ok(
            "editMessageText",
            new
            {
                chat_id = Simulated.Ada,
                message_id = message,
                text = "Gone",
            }
        );
        (edited["edit_date"]!.GetValue<long>() - edited["date"]!.GetValue<long>()).ShouldBe(5);
        (
            await sim.Refused(
                "editMessageText",
                new
                {
                    chat_id = Simulated.Ada,
                    message_id = message,
                    text = "Gone",
                }
            )
        ).ShouldBe(
            "400 Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
                + "as a current content and reply markup of the message"
        );
        var shown = (await sim.Chat())[1]!;
        shown["text"]!.GetValue<string>().ShouldBe("Gone");
        shown["edited"]!.GetValue<bool>().ShouldBeTrue();
        shown["buttons"].ShouldBeNull();
        await sim.Ok("deleteMessage", new { chat_id = Simulated.Ada, message_id = message });
        (await sim.Chat())[1]!["deleted"]!.GetValue<bool>().ShouldBeTrue();
        (await sim.Refused("deleteMessage", new { chat_id = Simulated.Ada, message_id = message })).ShouldBe(
            "400 Bad Request: message to delete not found"
        );
    }

    [Fact]
    public async Task A_message_older_than_48_hours_cannot_be_deleted()
    {
        await using var sim = await Simulated.StartAsync();
        var message = await Keyboard(sim);
        sim.Time.Advance(TimeSpan.FromHours(49));
        (await sim.Refused("deleteMessage", new { chat_id = Simulated.Ada, message_id = message })).ShouldBe(
            "400 Bad Request: message can't be deleted for everyone"
        );
    }

    [Fact]
    public async Task A_person_can_correct_what_they_wrote()
    {
        await using var sim = await Simulated.StartAsync();
        var said = await sim.Says("helo");
        await sim.Post($"{Chat}/edits", new { message_id = said["message_id"]!.GetValue<int>(), text = "hello" });
        var updates = await sim.Updates();
        updates[1]!["edited_message"]!["text"]!.GetValue<string>().ShouldBe("hello");
        updates[1]!["edited_message"]!["edit_date"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Who_blocks_a_bot_cannot_be_written_to_until_they_unblock_it()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("hi");
        await sim.Post($"{Chat}/block", new { });
        (await sim.Refused("sendMessage", new { chat_id = Simulated.Ada, text = "still there?" })).ShouldBe(
            "403 Forbidden: bot was blocked by the user"
        );
        await sim.Post($"{Chat}/unblock", new { });
        await sim.Ok("sendMessage", new { chat_id = Simulated.Ada, text = "welcome back" });
        (await sim.Updates())
            .Skip(1)
            .Select(u => u!["my_chat_member"]!["new_chat_member"]!["status"]!.GetValue<string>())
            .ShouldBe(["kicked", "member"]);
    }

    [Fact]
    public async Task Any_of_the_25_kinds_of_update_can_be_given_raw()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Updates(new { allowed_updates = Updates.UpdateKinds.All });
        foreach (var kind in Updates.UpdateKinds.All)
            (
                await Post(sim, $"/sim/bots/{Simulated.Username}/updates", $"{{\"{kind}\":{{\"anything\":[\"goes\",1.50]}}}}")
            ).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var updates = await sim.Updates();
        updates.Select(u => u!.AsObject().Select(m => m.Key).Last()).ShouldBe(Updates.UpdateKinds.All);
        updates[0]!["message"]!.ToJsonString().ShouldBe("""{"anything":["goes",1.50]}""");
        foreach (var wrong in (string[])["""{"telepathy":{}}""", """{"message":1}""", """{"update_id":1,"message":{}}""", "[]"])
            (await Post(sim, $"/sim/bots/{Simulated.Username}/updates", wrong)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_page_hears_of_everything_as_it_happens()
    {
        await using var sim = await Simulated.StartAsync();
        using var stream = await sim.Http.GetStreamAsync("/sim/events");
        using var reader = new StreamReader(stream);
        (await reader.ReadLineAsync()).ShouldBe(": listening");
        await sim.Says("hi");
        var (name, data) = await Event(reader);
        name.ShouldBe("message");
        data["person_id"]!.GetValue<long>().ShouldBe(Simulated.Ada);
        data["bot_username"]!.GetValue<string>().ShouldBe(Simulated.Username);
        data["message"]!["text"]!.GetValue<string>().ShouldBe("hi");
        var sent = (await sim.Ok("sendMessage", new { chat_id = Simulated.Ada, text = "hello" }))["message_id"]!.GetValue<int>();
        (await Event(reader)).Data["message"]!["from"]!.GetValue<string>().ShouldBe("bot");
        await sim.Ok(
            "editMessageText",
            new
            {
                chat_id = Simulated.Ada,
                message_id = sent,
                text = "bye",
            }
        );
        (await Event(reader)).Name.ShouldBe("edit");
        await sim.Ok("deleteMessage", new { chat_id = Simulated.Ada, message_id = sent });
        (await Event(reader)).Name.ShouldBe("delete");
        await sim.Ok("sendChatAction", new { chat_id = Simulated.Ada, action = "typing" });
        (await Event(reader)).Name.ShouldBe("action");
        await sim.Post("/sim/people", new { first_name = "Priya" });
        (await Event(reader)).Name.ShouldBe("person");
        await sim.Updates();
        (await Event(reader)).Name.ShouldBe("bot");
    }

    [Theory]
    [InlineData("/sim/chats/1/music_bot")]
    [InlineData("/sim/chats/5839204117/nobody_bot")]
    [InlineData("/sim/files/none")]
    public async Task What_is_not_there_is_not_found(string path)
    {
        await using var sim = await Simulated.StartAsync();
        (await sim.Http.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Another_machine_is_refused_unless_the_options_allow_it()
    {
        (await FromElsewhere(allowed: false)).ShouldBe([
            HttpStatusCode.Forbidden,
            HttpStatusCode.Forbidden,
            HttpStatusCode.Forbidden,
        ]);
        (await FromElsewhere(allowed: true)).ShouldBe([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NotFound]);
    }

    private static async Task<List<HttpStatusCode>> FromElsewhere(bool allowed)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddTelegramSimulator(new SimulatorOptions { AllowRemote = allowed });
        await using var app = builder.Build();
        app.Use(
            (context, next) =>
            {
                context.Connection.RemoteIpAddress = IPAddress.Parse("203.0.113.9");
                return next(context);
            }
        );
        app.MapTelegramSimulator();
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        var statuses = new List<HttpStatusCode>();
        foreach (
            var path in (string[])["/sim/people", $"/bot{Simulated.Token}/getMe", $"/file/bot{Simulated.Token}/documents/a/b"]
        )
            statuses.Add((await http.GetAsync(path)).StatusCode);
        return statuses;
    }

    private static async Task<int> Keyboard(Simulated sim)
    {
        await sim.Says("hi");
        var markup = new { inline_keyboard = new[] { new[] { new { text = "Yes", callback_data = "yes" } } } };
        return (
            await sim.Ok(
                "sendMessage",
                new
                {
                    chat_id = Simulated.Ada,
                    text = "Sure?",
                    reply_markup = markup,
                }
            )
        )["message_id"]!.GetValue<int>();
    }

    private static async Task<JsonNode> NextCallback(Simulated sim)
    {
        while (true)
        {
            if ((await sim.Updates()).FirstOrDefault(u => u!["callback_query"] is not null) is { } update)
                return update["callback_query"]!;
            await Task.Delay(5);
        }
    }

    private static async Task<(string Name, JsonNode Data)> Event(StreamReader reader)
    {
        while (true)
        {
            var line = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
            if (line!.StartsWith("event: ", StringComparison.Ordinal))
                return (line[7..], JsonNode.Parse((await reader.ReadLineAsync())![6..])!);
        }
    }

    private static Task<HttpResponseMessage> Post(Simulated sim, string path, string json) =>
        sim.Http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
}

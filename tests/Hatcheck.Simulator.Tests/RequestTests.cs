using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Hatcheck.Simulator.Tests;

public sealed class RequestTests
{
    [Fact]
    public async Task An_unknown_method_is_not_found()
    {
        await using var sim = await Simulated.StartAsync();
        (await sim.Refused("sendTelepathy")).ShouldBe("404 Not Found");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("0:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1")]
    [InlineData("123:short")]
    public async Task A_malformed_token_is_unauthorized(string token)
    {
        await using var sim = await Simulated.StartAsync();
        (await sim.Call("getMe", token: token))
            .ToJsonString()
            .ShouldBe("""{"ok":false,"error_code":401,"description":"Unauthorized"}""");
    }

    [Fact]
    public async Task Any_well_formed_token_gets_a_bot_only_where_the_options_allow_it()
    {
        const string Token = "777000111:BBHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1";
        await using var open = await Simulated.StartAsync();
        (await open.Call("getMe", token: Token))["result"]!["username"]!.GetValue<string>().ShouldBe("made_up_777000111_bot");
        await using var closed = await Simulated.StartAsync(o => o.AnyToken = false);
        (await closed.Call("getMe", token: Token))["error_code"]!.GetValue<int>().ShouldBe(401);
    }

    [Fact]
    public async Task Method_names_do_not_depend_on_case()
    {
        await using var sim = await Simulated.StartAsync();
        (await sim.Ok("GETME"))
            .ToJsonString()
            .ShouldBe(
                """
                {"id":110201543,"is_bot":true,"first_name":"Music","username":"music_bot",
                "can_join_groups":true,"can_read_all_group_messages":false,"supports_inline_queries":false}
                """.ReplaceLineEndings("")
            );
    }

    [Fact]
    public async Task Query_form_multipart_and_json_mean_the_same()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("hi");
        const string Keyboard = """{"inline_keyboard":[[{"text":"Yes","callback_data":"y"}]]}""";
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["chat_id"] = $"{Simulated.Ada}",
            ["text"] = "same",
            ["disable_notification"] = "true",
            ["reply_markup"] = Keyboard,
        };
        var address = $"/bot{Simulated.Token}/sendMessage";
        var query = string.Join('&', fields.Select(f => $"{f.Key}={Uri.EscapeDataString(f.Value)}"));
        using var form = new FormUrlEncodedContent(fields);
        using var multipart = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            multipart.Add(new StringContent(value), name);
        using var json = new StringContent(
            $$"""{"chat_id":{{Simulated.Ada}},"text":"same","disable_notification":true,"reply_markup":{{Keyboard}}}""",
            new MediaTypeHeaderValue("application/json")
        );

        HttpResponseMessage[] answers =
        [
            await sim.Http.GetAsync($"{address}?{query}"),
            await sim.Http.PostAsync(address, form),
            await sim.Http.PostAsync(address, multipart),
            await sim.Http.PostAsync(address, json),
        ];
        foreach (var answer in answers)
        {
            var message = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["result"]!;
            message["text"]!.GetValue<string>().ShouldBe("same");
            message["reply_markup"]!.ToJsonString().ShouldBe(Keyboard);
        }
    }

    [Theory]
    [InlineData("sendMessage", """{"text":"x"}""", "chat_id is empty")]
    [InlineData("sendMessage", """{"chat_id":"","text":"x"}""", "chat_id is empty")]
    [InlineData("sendMessage", """{"chat_id":1,"text":"x"}""", "chat not found")]
    [InlineData("sendMessage", """{"chat_id":"@nobody","text":"x"}""", "chat not found")]
    [InlineData("sendMessage", """{"chat_id":5839204117}""", "message text is empty")]
    [InlineData("sendMessage", """{"chat_id":5839204117,"text":"  "}""", "text must be non-empty")]
    [InlineData("sendMessage", """{"chat_id":5839204117,"text":7}""", "field \"text\" must be of type String")]
    [InlineData("sendMessage", """{"chat_id":true,"text":"x"}""", "field \"chat_id\" must be of type Integer or String")]
    [InlineData("sendMessage", """{"chat_id":5839204117,"text":"x","color":1}""", "unknown field \"color\" in sendMessage")]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","disable_notification":"yes"}""",
        "field \"disable_notification\" must be of type Boolean"
    )]
    [InlineData("sendMessage", """{"chat_id":5839204117,"text":"x","parse_mode":"X"}""", "unsupported parse_mode")]
    [InlineData("sendMessage", """{"chat_id":5839204117,"text":"x","message_thread_id":9}""", "message thread not found")]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","business_connection_id":"9"}""",
        "business connection not found"
    )]
    [InlineData("sendMessage", """{"chat_id":5839204117,"text":"x","message_effect_id":"9"}""", "EFFECT_ID_INVALID")]
    [InlineData("sendMessage", """{"chat_id":5839204117,"text":"x","allow_paid_broadcast":true}""", "FLOODSKIP_NOT_ALLOWED")]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_parameters":{"message_id":99}}""",
        "message to be replied not found"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_parameters":{"quote":"q"}}""",
        "can't find field \"message_id\""
    )]
    [InlineData("sendMessage", """{"chat_id":5839204117,"text":"x","reply_markup":null}""", "object expected as reply markup")]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":"{"}""",
        "can't parse reply keyboard markup JSON object"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"inline_keyboard":"bad"}}""",
        "field \"inline_keyboard\" must be of type Array"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"inline_keyboard":[{"text":"a"}]}}""",
        "field \"inline_keyboard\" must be an Array of Arrays"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"inline_keyboard":[[{"callback_data":"x"}]]}}""",
        "can't parse inline keyboard button: Can't find field \"text\""
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"b"}]]}}""",
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"b","callback_data":""}]]}}""",
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"b","callback_data":1}]]}}""",
        "can't parse inline keyboard button: Field \"callback_data\" must be of type String"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"b","url":"not-a-url"}]]}}""",
        "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"b","url":"ftp://example.com"}]]}}""",
        "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"b","pay":true}]]}}""",
        "BUTTON_TYPE_INVALID"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"force_reply":"yes"}}""",
        "field \"force_reply\" must be of type Boolean"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"keyboard":[[{"text":"A"}]],"selective":"yes"}}""",
        "field \"selective\" must be of type Boolean"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"hello","entities":[{"type":"bold","offset":100,"length":1}]}""",
        "entity begins after the end of the text at UTF-16 offset 100"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"hello","entities":[{"type":"bold","offset":0,"length":100}]}""",
        "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 100"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"hello","entities":[{"type":"bold","offset":-1,"length":1}]}""",
        "receive an entity with incorrect offset -1"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"hello","entities":[{"type":"huge","offset":0,"length":1}]}""",
        "can't parse MessageEntity: Unsupported type specified"
    )]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"hello","entities":[{"type":"text_link","offset":0,"length":1}]}""",
        "can't parse MessageEntity: Can't find field \"url\""
    )]
    [InlineData("sendMessage", "[]", "can't parse JSON object")]
    [InlineData("sendMessage", "{", "can't parse JSON object")]
    [InlineData("sendDocument", """{"chat_id":5839204117}""", "there is no document in the request")]
    [InlineData("sendDocument", """{"chat_id":5839204117,"document":"nothing"}""", "wrong file identifier/HTTP URL specified")]
    [InlineData("sendChatAction", """{"chat_id":5839204117,"action":"dancing"}""", "wrong parameter action in request")]
    [InlineData("editMessageText", """{"chat_id":5839204117,"text":"x"}""", "message identifier is not specified")]
    [InlineData("editMessageText", """{"chat_id":5839204117,"message_id":99,"text":"x"}""", "message to edit not found")]
    [InlineData("editMessageText", """{"chat_id":5839204117,"message_id":1,"text":"x"}""", "message can't be edited")]
    [InlineData("deleteMessage", """{"chat_id":5839204117,"message_id":99}""", "message to delete not found")]
    [InlineData(
        "answerCallbackQuery",
        """{"callback_query_id":"1"}""",
        "query is too old and response timeout expired or query ID is invalid"
    )]
    [InlineData("getFile", """{"file_id":"no"}""", "wrong file_id or the file is temporarily unavailable")]
    [InlineData("getUpdates", """{"offset":"1e3"}""", "field \"offset\" must be of type Integer")]
    [InlineData("getUpdates", """{"allowed_updates":[1]}""", "field \"allowed_updates\" must be of type String")]
    [InlineData("setMyCommands", """{"commands":[{"command":"UPPER CASE","description":"x"}]}""", "BOT_COMMAND_INVALID")]
    [InlineData(
        "setMyCommands",
        """{"commands":[],"scope":{"type":"chat"}}""",
        "can't parse BotCommandScope: Can't find field \"chat_id\""
    )]
    [InlineData(
        "setMyCommands",
        """{"commands":[],"scope":{"type":"moon"}}""",
        "can't parse BotCommandScope: Unsupported type specified"
    )]
    [InlineData("getChat", """{"chat_id":42}""", "chat not found")]
    [InlineData("sendMessage", """{"chat_id":5839204117,"text":"\ud800"}""", "strings must be encoded in UTF-8")]
    [InlineData(
        "sendMessage",
        """{"chat_id":5839204117,"text":"x","reply_markup":{"inline_keyboard":[[{"text":"\ud800","callback_data":"x"}]]}}""",
        "strings must be encoded in UTF-8"
    )]
    [InlineData("sendMessage", """{"chat_id":5839204117,"text":"x","\udc00":1}""", "strings must be encoded in UTF-8")]
    public async Task A_wrong_call_gets_Telegrams_words(string method, string arguments, string error)
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("hi");
        (await sim.Refused(method, arguments)).ShouldStartWith($"400 Bad Request: {error}");
    }

    [Fact]
    public async Task A_text_may_have_4096_units_and_callback_data_64_bytes()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("hi");
        var smiles = string.Concat(Enumerable.Repeat("😀", 2_048));
        await sim.Ok("sendMessage", new { chat_id = Simulated.Ada, text = smiles });
        (await sim.Refused("sendMessage", new { chat_id = Simulated.Ada, text = smiles + "!" })).ShouldBe(
            "400 Bad Request: message is too long"
        );
        await sim.Ok("sendMessage", Pressable(new string('ä', 32)));
        (await sim.Refused("sendMessage", Pressable(new string('ä', 33)))).ShouldBe("400 Bad Request: BUTTON_DATA_INVALID");
    }

    [Fact]
    public async Task Numbers_in_a_form_must_be_numbers()
    {
        await using var sim = await Simulated.StartAsync();
        foreach (var value in (string[])["1e3", "٣", " 1", "9223372036854775808", "", "one"])
        {
            var answer = await sim.Http.GetAsync($"/bot{Simulated.Token}/getUpdates?offset={Uri.EscapeDataString(value)}");
            (await answer.Content.ReadAsStringAsync()).ShouldContain("must be of type Integer");
        }
    }

    private static object Pressable(string data) =>
        new
        {
            chat_id = Simulated.Ada,
            text = "press",
            reply_markup = new { inline_keyboard = new[] { new[] { new { text = "b", callback_data = data } } } },
        };
}

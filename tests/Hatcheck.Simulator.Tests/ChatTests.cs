namespace Hatcheck.Simulator.Tests;

public sealed class ChatTests
{
    [Fact]
    public async Task A_persons_command_reaches_the_bot_and_the_answer_reaches_the_page()
    {
        await using var sim = await Simulated.StartAsync();
        await sim.Says("/start");

        var update = (await sim.Updates())[0]!;
        update["message"]!
            .ToJsonString()
            .ShouldBe(
                """
                {"message_id":1,"from":{"id":5839204117,"is_bot":false,"first_name":"Ada","username":"ada_okonkwo",
                "language_code":"en"},"date":1795348800,"chat":{"id":5839204117,"type":"private",
                "username":"ada_okonkwo","first_name":"Ada"},"text":"/start","entities":[{"type":"bot_command",
                "offset":0,"length":6}]}
                """.ReplaceLineEndings("")
            );

        var sent = await sim.Ok("sendMessage", new { chat_id = Simulated.Ada, text = "Hello" });
        sent["message_id"]!.GetValue<int>().ShouldBe(2);
        sent["from"]!["is_bot"]!.GetValue<bool>().ShouldBeTrue();
        var chat = await sim.Chat();
        chat.Select(m => $"{m!["from"]}: {m["text"]}").ShouldBe(["person: /start", "bot: Hello"]);
    }
}

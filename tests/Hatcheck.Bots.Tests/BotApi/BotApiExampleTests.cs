using Hatcheck.Crypto;
using Hatcheck.TestKit;

namespace Hatcheck.Bots.Tests.BotApi;

public sealed class BotApiExampleTests
{
    private const string Bot = SimulatedBotRun.Username;

    [Fact]
    public void The_example_of_the_page_is_the_compiled_one()
    {
        var lines = File.ReadAllLines(Repository.PathOf("tests", "Hatcheck.Bots.Tests", "BotApi", "BotApiExample.cs"));
        var example = lines
            .SkipWhile(l => l.Trim() != "// example")
            .Skip(1)
            .TakeWhile(l => l.Trim() != "// end")
            .Select(l => l.Length > 8 ? l[8..] : "")
            .ToArray();

        example.Length.ShouldBeGreaterThan(10);
        var page = File.ReadAllText(Repository.PathOf("docs", "reference", "telegram-bot-types.md")).ReplaceLineEndings("\n");
        page.ShouldContain(string.Join('\n', example));
        var usings = lines.Where(l => l.StartsWith("using Telegram.", StringComparison.Ordinal));
        foreach (var needed in usings)
            page.ShouldContain(needed);
    }

    [Fact]
    public async Task The_example_runs()
    {
        await using var run = await SimulatedBotRun.StartAsync();
        var ada = await run.Page.AddPersonAsync();
        using var token = new SecretText(SimulatedBotRun.Token);
        using var host = BotApiExample.Build(token, run.Address);
        await host.StartAsync();

        var report = await run.Page.AskAsync(ada, Bot, "/report");
        report.Text.ShouldBe("For Ada");
        report.File!.Name.ShouldBe("report.txt");
        (await run.Page.DownloadAsync(report.File)).ShouldBe("la la la");
        var pressed = await run.Page.PressAsync(ada, Bot, report, report.Data(0, 0));
        pressed.GetProperty("text").GetString().ShouldBe("Welcome (7)");
        (await run.Page.AskAsync(ada, Bot, "hello")).Text.ShouldBe("You said hello");
        await run.Page.InjectAsync(
            Bot,
            new
            {
                poll_answer = new
                {
                    poll_id = "1",
                    user = new
                    {
                        id = ada,
                        is_bot = false,
                        first_name = "Ada",
                    },
                    option_ids = new[] { 0 },
                    option_persistent_ids = new[] { "0" },
                },
            }
        );

        (await run.Page.RepliesAsync(ada, Bot, 3))[^1].Text.ShouldBe("You voted.");
        await host.StopAsync();
    }
}

using Hatcheck.Client;
using Hatcheck.Crypto;
using Hatcheck.TestKit;

namespace Hatcheck.Bots.Tests;

public sealed class DocumentationTests
{
    [Fact]
    public void The_example_of_the_runtime_page_is_the_compiled_one()
    {
        var lines = File.ReadAllLines(Repository.PathOf("tests", "Hatcheck.Bots.Tests", "BotExample.cs"));
        var example = lines
            .SkipWhile(l => l.Trim() != "// example")
            .Skip(1)
            .TakeWhile(l => l.Trim() != "// end")
            .Select(l => l.Length > 8 ? l[8..] : "")
            .ToArray();

        example.Length.ShouldBeGreaterThan(10);
        File.ReadAllText(Repository.PathOf("docs", "reference", "telegram-bot-runtime.md"))
            .ReplaceLineEndings("\n")
            .ShouldContain(string.Join('\n', example));
    }

    [Fact]
    public async Task The_example_runs()
    {
        await using var run = await SimulatedBotRun.StartAsync();
        var ada = await run.Page.AddPersonAsync();
        using var hatcheck = new HatcheckClient(
            new HatcheckClientOptions { Url = new Uri("http://127.0.0.1:1"), ApiKey = new SecretText("hck_demo_x") }
        );
        using var token = new SecretText(SimulatedBotRun.Token);
        using var host = BotExample.Build(hatcheck, token, run.Address);
        await host.StartAsync();

        var playing = await run.Page.AskAsync(ada, SimulatedBotRun.Username, "/play \"Blue <Monday>\" 2");
        playing.Text.ShouldBe("Blue <Monday> × 2");
        await run.Page.PressAsync(ada, SimulatedBotRun.Username, playing, playing.Data(0, 0));

        (await run.Page.RepliesAsync(ada, SimulatedBotRun.Username)).Single().Text.ShouldBe("Stopped.");
        await host.StopAsync();
    }
}

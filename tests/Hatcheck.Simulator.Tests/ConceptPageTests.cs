using Hatcheck.TestKit;

namespace Hatcheck.Simulator.Tests;

public sealed class ConceptPageTests
{
    [Fact]
    public async Task The_example_of_the_page_starts_a_simulator()
    {
        var options = new SimulatorOptions();
        options.Bots.Add(new SimulatedBot("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1", "music_bot", "Music"));
        await using var simulator = await SimulatorHost.StartAsync(options);
        // Give the bot simulator.Address in place of https://api.telegram.org.

        using var http = new HttpClient { BaseAddress = simulator.Address };
        (await http.GetStringAsync("/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/getMe")).ShouldContain("music_bot");
    }

    [Fact]
    public void The_code_on_the_page_is_the_code_above()
    {
        var code = File.ReadAllText(Repository.PathOf("tests", "Hatcheck.Simulator.Tests", "ConceptPageTests.cs"));
        var page = File.ReadAllText(Repository.PathOf("docs", "concepts", "simulator.md"));
        var snippets = page.Split("```csharp\n").Skip(1).Select(s => s[..s.IndexOf("```", StringComparison.Ordinal)]).ToArray();
        snippets.ShouldNotBeEmpty();
        foreach (var line in snippets.SelectMany(s => s.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
            code.ShouldContain(line);
    }
}

using Hatcheck.TestKit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Hatcheck.EndToEnd.Tests;

/// <summary>One demo and one browser for the tests of the page.</summary>
public sealed class DemoInChromium : IAsyncLifetime
{
    private static readonly string[] Quiet =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ];
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-demo-").FullName;
    private readonly Uri address = new($"http://127.0.0.1:{RunningProgram.FreePort()}");
    private RunningProgram demo = null!;
    private IPlaywright playwright = null!;
    private IBrowser browser = null!;

    public async ValueTask InitializeAsync()
    {
        var chromium =
            Command.Find("chromium")
            ?? Command.Find("google-chrome")
            ?? throw new InvalidOperationException("This test needs Chromium. Install it: apt-get install -y chromium");
        File.Exists(Repository.PathOf("console", "dist", "index.html"))
            .ShouldBeTrue("build the page first: npm ci && npm run build (in console/); ./test does");
        demo = RunningProgram.Start(
            RunningProgram.Hatcheck,
            folder,
            new Dictionary<string, string>(StringComparer.Ordinal),
            "demo",
            "--urls",
            address.ToString(),
            "--data",
            folder
        );
        await demo.UntilAnswersAsync(address);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Quiet });
    }

    public Uri Address => address;

    /// <summary>A tab on the page of the API.</summary>
    public async Task<ChatTab> OpenApiPageAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280)
    {
        var context = await browser.NewContextAsync(
            new()
            {
                ColorScheme = scheme,
                ViewportSize = new() { Width = width, Height = 900 },
            }
        );
        var tab = new ChatTab(context, await context.NewPageAsync(), address);
        await tab.Tab.GotoAsync(new Uri(address, "/docs").ToString());
        return tab;
    }

    public async Task<ChatTab> OpenAsync(ColorScheme scheme = ColorScheme.Light, int width = 1440)
    {
        var context = await browser.NewContextAsync(
            new()
            {
                ColorScheme = scheme,
                ViewportSize = new() { Width = width, Height = 900 },
                ReducedMotion = ReducedMotion.Reduce,
            }
        );
        var tab = new ChatTab(context, await context.NewPageAsync(), address);
        await tab.Tab.GotoAsync(address.ToString());
        await Expect(tab.Tab.GetByTestId("feed-status")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 20_000 });
        return tab;
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
        await demo.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>A tab on the chat page, and its errors.</summary>
public sealed class ChatTab : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly Uri address;
    private readonly List<string> errors = [];

    public ChatTab(IBrowserContext context, IPage tab, Uri address)
    {
        (this.context, Tab, this.address) = (context, tab, address);
        tab.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                errors.Add(message.Text);
        };
        tab.Request += (_, request) => Requested.Add(new Uri(request.Url));
        tab.PageError += (_, error) => errors.Add(error);
    }

    public IPage Tab { get; }

    /// <summary>All requests of the page.</summary>
    public List<Uri> Requested { get; } = [];

    /// <summary>Becomes a new person; returns their messenger id.</summary>
    public async Task<string> JoinAsync(string name)
    {
        await Tab.GetByTestId("person-name").FillAsync(name);
        await Tab.GetByTestId("person-add").ClickAsync();
        var person = Tab.GetByTestId("person").Filter(new() { HasText = name }).Last;
        await Expect(person).ToHaveAttributeAsync("aria-current", "true");
        return (await person.GetAttributeAsync("data-person-id"))!;
    }

    /// <summary>Sends a message and waits for the bot's next answer.</summary>
    public async Task SayAsync(string text)
    {
        var answers = Tab.Locator("[data-testid=message][data-from=bot]");
        var before = await answers.CountAsync();
        await Tab.GetByTestId("composer").FillAsync(text);
        await Tab.GetByTestId("send").ClickAsync();
        await Expect(answers).ToHaveCountAsync(before + 1, new() { Timeout = 20_000 });
    }

    /// <summary>Identities in the database now, read without the page.</summary>
    public async Task<int> StoredIdentitiesAsync()
    {
        using var http = new HttpClient { BaseAddress = address };
        using var json = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/demo/database"));
        return json
            .RootElement.GetProperty("tables")
            .EnumerateArray()
            .First(table => table.GetProperty("name").GetString() == "identities")
            .GetProperty("total")
            .GetInt32();
    }

    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
            await Task.Delay(50, limit.Token);
    }

    public void ShouldBeWithoutErrors() => errors.ShouldBeEmpty();

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}

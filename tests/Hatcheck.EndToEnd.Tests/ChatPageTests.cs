using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Hatcheck.EndToEnd.Tests;

/// <summary>The demo as a newcomer sees it: a real <c>hatcheck demo</c> and a real Chromium.</summary>
public sealed class ChatPageTests(DemoInChromium demo) : IClassFixture<DemoInChromium>
{
    [Fact]
    public async Task One_talks_to_the_bot_and_sees_sealed_rows_and_no_readable_id()
    {
        await using var page = await demo.OpenAsync();
        var id = await page.JoinAsync("Mary Jackson");
        await page.SayAsync("/start");
        await page.SayAsync("/exportdata");
        await Expect(page.Tab.GetByTestId("file")).ToBeVisibleAsync();
        await Expect(page.Tab.Locator("[data-testid=stored-table][data-table=identities] [data-kind=sealed]").First)
            .ToBeVisibleAsync();
        await page.Tab.GetByTestId("find").FillAsync(id);
        await Expect(page.Tab.GetByTestId("find-result")).ToHaveAttributeAsync("data-matches", "0");
        page.ShouldBeWithoutErrors();
    }

    [Fact]
    public async Task Logout_asks_with_buttons_and_then_takes_the_rows_away()
    {
        await using var page = await demo.OpenAsync();
        await page.JoinAsync("Katherine Johnson");
        await page.SayAsync("/start");
        await page.SayAsync("/logout");
        var identities = page.Tab.Locator("[data-testid=stored-table][data-table=identities] [data-testid=stored-row]");
        await Expect(identities.First).ToBeVisibleAsync();
        var before = await page.StoredIdentitiesAsync();
        await page.Tab.GetByTestId("inline-button").First.ClickAsync();
        // The panel reloads a moment after the last event.
        await page.UntilAsync(async () => await page.StoredIdentitiesAsync() < before);
        page.ShouldBeWithoutErrors();
    }

    [Fact]
    public async Task Settings_are_changed_by_buttons_and_stand_sealed_beside_the_chat()
    {
        await using var page = await demo.OpenAsync();
        await page.JoinAsync("Evelyn Boyd Granville");
        await page.SayAsync("/start");
        await page.SayAsync("/settings");
        var buttons = page.Tab.GetByTestId("inline-button");
        await buttons.Filter(new() { HasText = "Time zone" }).ClickAsync();
        await buttons.Filter(new() { HasText = "Auckland" }).ClickAsync();
        await Expect(page.Tab.GetByTestId("message").Last)
            .ToContainTextAsync("Time zone: Pacific/Auckland – your choice", new() { Timeout = 20_000 });
        await Expect(page.Tab.Locator("[data-testid=stored-table][data-table=preferences] [data-kind=sealed]").First)
            .ToBeVisibleAsync();
        await page.Tab.GetByTestId("find").FillAsync("Pacific/Auckland");
        await Expect(page.Tab.GetByTestId("find-result")).ToHaveAttributeAsync("data-matches", "0");
        page.ShouldBeWithoutErrors();
    }

    [Fact]
    public async Task Two_people_keep_their_chats_apart()
    {
        await using var page = await demo.OpenAsync();
        var first = await page.JoinAsync("Dorothy Vaughan");
        await page.SayAsync("/privacy");
        await page.JoinAsync("Annie Easley");
        await Expect(page.Tab.GetByTestId("start")).ToBeVisibleAsync();
        await Expect(page.Tab.GetByTestId("message")).ToHaveCountAsync(0);
        await page.Tab.Locator($"[data-testid=person][data-person-id='{first}']").ClickAsync();
        await Expect(page.Tab.GetByTestId("message")).ToHaveCountAsync(2);
        page.ShouldBeWithoutErrors();
    }

    [Fact]
    public async Task Hostile_text_is_shown_as_text()
    {
        await using var page = await demo.OpenAsync();
        const string Hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
        await page.JoinAsync("<b>Bobby</b>");
        await page.SayAsync("/start");
        await page.SayAsync(Hostile);
        await Expect(page.Tab.GetByTestId("message-text").Filter(new() { HasText = Hostile })).ToBeVisibleAsync();
        (await page.Tab.Locator("[data-testid=message] img, [data-testid=message] script").CountAsync()).ShouldBe(0);
        (await page.Tab.TitleAsync() == "owned").ShouldBeFalse();
        await Expect(page.Tab.GetByTestId("person").Filter(new() { HasText = "<b>Bobby</b>" })).ToBeVisibleAsync();
        page.ShouldBeWithoutErrors();
    }

    [Fact]
    public async Task Everything_is_reached_by_keyboard()
    {
        await using var page = await demo.OpenAsync();
        await page.Tab.GetByTestId("person-name").FocusAsync();
        await page.Tab.Keyboard.TypeAsync("Joan Clarke");
        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Tab.GetByTestId("start")).ToBeVisibleAsync();
        await page.Tab.GetByTestId("composer").FocusAsync();
        await page.Tab.Keyboard.TypeAsync("/help");
        await page.Tab.Keyboard.PressAsync("Enter");
        await Expect(page.Tab.Locator("[data-testid=message][data-from=bot]")).ToHaveCountAsync(1);
        page.ShouldBeWithoutErrors();
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1440)]
    [InlineData(ColorScheme.Dark, 1440)]
    [InlineData(ColorScheme.Light, 390)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task It_fits_light_and_dark_narrow_and_wide(ColorScheme scheme, int width)
    {
        await using var page = await demo.OpenAsync(scheme, width);
        await Expect(page.Tab.GetByTestId("composer").Or(page.Tab.GetByTestId("start")).First).ToBeVisibleAsync();
        (await page.Tab.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth")).ShouldBeTrue(
            "nothing may scroll sideways"
        );
        var background = await page.Tab.EvaluateAsync<int>(
            "parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
        );
        (background < 128).ShouldBe(scheme == ColorScheme.Dark);
        page.ShouldBeWithoutErrors();
    }
}

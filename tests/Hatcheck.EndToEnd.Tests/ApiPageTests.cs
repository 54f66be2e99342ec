using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Hatcheck.EndToEnd.Tests;

/// <summary>The interactive page at /docs, in a real Chromium.</summary>
public sealed class ApiPageTests(DemoInChromium demo) : IClassFixture<DemoInChromium>
{
    [Fact]
    public async Task It_shows_every_operation_and_asks_no_other_host()
    {
        await using var page = await demo.OpenApiPageAsync();
        using var http = new HttpClient { BaseAddress = demo.Address };
        using var document = JsonDocument.Parse(await http.GetStringAsync("/openapi/v1.json"));
        var operations = document
            .RootElement.GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject(), (path, _) => path.Name)
            .ToList();
        operations.Count.ShouldBeGreaterThan(10);
        foreach (var path in operations.Distinct(StringComparer.Ordinal))
            await Expect(page.Tab.GetByText(path, new() { Exact = true }).First).ToBeAttachedAsync(new() { Timeout = 60_000 });
        page.Requested.ShouldAllBe(address =>
            address.GetLeftPart(UriPartial.Authority) == demo.Address.GetLeftPart(UriPartial.Authority)
            || address.Scheme == "data"
        );
        page.Requested.ShouldContain(address => address.AbsolutePath == "/openapi/v1.json");
        page.ShouldBeWithoutErrors();
    }

    [Fact]
    public async Task An_operation_can_be_tried_from_the_page()
    {
        await using var page = await demo.OpenApiPageAsync();
        await page.Tab.GetByText("/health/live", new() { Exact = true }).First.ClickAsync();
        var answered = page.Tab.WaitForResponseAsync(response => new Uri(response.Url).AbsolutePath == "/health/live");
        await page.Tab.GetByRole(AriaRole.Button, new() { Name = "Execute" }).First.ClickAsync();
        (await answered).Status.ShouldBe(200);
        page.ShouldBeWithoutErrors();
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task It_follows_the_systems_colours_and_fits_a_narrow_screen(ColorScheme scheme, int width)
    {
        await using var page = await demo.OpenApiPageAsync(scheme, width);
        await Expect(page.Tab.GetByText("/tenant", new() { Exact = true }).First).ToBeAttachedAsync(new() { Timeout = 60_000 });
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

using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hatcheck.Simulator.Tests;

/// <summary>A running simulator with one bot, called over HTTP like a bot and like the chat page.</summary>
internal sealed class Simulated : IAsyncDisposable
{
    public const string Token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1";
    public const string Username = "music_bot";
    public const long Ada = 5_839_204_117;

    private readonly SimulatorHost host;

    private Simulated(SimulatorHost host, WatchedTime? time)
    {
        this.host = host;
        Time = time!;
        Http = new HttpClient { BaseAddress = host.Address };
    }

    public HttpClient Http { get; }

    /// <summary>Null when the simulator runs on the system's clock.</summary>
    public WatchedTime Time { get; }

    public static async Task<Simulated> StartAsync(Action<SimulatorOptions>? set = null, bool stillClock = true)
    {
        var options = new SimulatorOptions { Pace = false };
        options.Bots.Add(new SimulatedBot(Token, Username, "Music"));
        set?.Invoke(options);
        var time = stillClock ? new WatchedTime() : null;
        return new Simulated(await SimulatorHost.StartAsync(options, time: time), time);
    }

    /// <summary>Calls a method with a JSON body; returns the whole envelope.</summary>
    public async Task<JsonNode> Call(string method, object? arguments = null, string token = Token)
    {
        var json = arguments as string ?? JsonSerializer.Serialize(arguments ?? new { });
        using var response = await Http.PostAsync(
            $"/bot{token}/{method}",
            new StringContent(json, Encoding.UTF8, "application/json")
        );
        var envelope = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        ((int)response.StatusCode).ShouldBe(envelope["ok"]!.GetValue<bool>() ? 200 : envelope["error_code"]!.GetValue<int>());
        return envelope;
    }

    /// <summary>Calls a method that must succeed; returns its result.</summary>
    public async Task<JsonNode> Ok(string method, object? arguments = null)
    {
        var envelope = await Call(method, arguments);
        envelope["ok"]!.GetValue<bool>().ShouldBeTrue(envelope.ToJsonString());
        return envelope["result"]!;
    }

    /// <summary>Calls a method that must fail; returns "code description".</summary>
    public async Task<string> Refused(string method, object? arguments = null)
    {
        var envelope = await Call(method, arguments);
        envelope["ok"]!.GetValue<bool>().ShouldBeFalse();
        return $"{envelope["error_code"]} {envelope["description"]}";
    }

    public async Task<JsonArray> Updates(object? arguments = null) => (await Ok("getUpdates", arguments)).AsArray();

    public async Task<JsonNode> Get(string path) => JsonNode.Parse(await Http.GetStringAsync(path))!;

    public async Task<JsonNode> Post(string path, object body)
    {
        using var response = await Http.PostAsJsonAsync(path, body);
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
        var text = await response.Content.ReadAsStringAsync();
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public Task<JsonNode> Says(string text, long person = Ada) => Post($"/sim/chats/{person}/{Username}/messages", new { text });

    public async Task<JsonArray> Chat(long person = Ada) => (await Get($"/sim/chats/{person}/{Username}"))["messages"]!.AsArray();

    public async Task Faults(object knobs)
    {
        using var response = await Http.PutAsJsonAsync("/sim/faults", knobs);
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await host.DisposeAsync();
    }
}

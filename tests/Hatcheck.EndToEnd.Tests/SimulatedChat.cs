using System.Net.Http.Json;
using System.Text.Json;
using Hatcheck.Simulator;

namespace Hatcheck.EndToEnd.Tests;

/// <summary>A person's chat with a bot in the simulated Telegram.</summary>
internal sealed class SimulatedChat(SimulatorHost telegram, long person, string bot) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly HttpClient http = new() { BaseAddress = telegram.Address };

    public async Task<SimulatedChat> JoinAsync(string firstName)
    {
        using var answer = await http.PostAsJsonAsync("/sim/people", new { id = person, first_name = firstName });
        answer.EnsureSuccessStatusCode();
        return this;
    }

    /// <summary>Sends a message and waits for the bot's next one.</summary>
    public async Task<JsonElement> SayAsync(string text)
    {
        using var sent = await http.PostAsJsonAsync($"/sim/chats/{person}/{bot}/messages", new { text });
        var id = Id(await sent.Content.ReadFromJsonAsync<JsonElement>());
        return await UntilAsync(message => Id(message) > id && message.GetProperty("from").GetString() == "bot");
    }

    public async Task<string> AskAsync(string text) => (await SayAsync(text)).GetProperty("text").GetString()!;

    /// <summary>Presses a button and waits until the bot has edited the message.</summary>
    public async Task<string> PressAsync(JsonElement message, int button, int row = 0)
    {
        var data = message.GetProperty("buttons")[row][button].GetProperty("callback_data").GetString();
        using var pressed = await http.PostAsJsonAsync(
            $"/sim/chats/{person}/{bot}/callbacks",
            new { message_id = Id(message), callback_data = data }
        );
        pressed.EnsureSuccessStatusCode();
        var edited = await UntilAsync(seen => Id(seen) == Id(message) && seen.GetProperty("edited").GetBoolean());
        return edited.GetProperty("text").GetString()!;
    }

    /// <summary>The number of messages that the bot sent here.</summary>
    public async Task<int> RepliesAsync() =>
        (await MessagesAsync(default)).Count(message => message.GetProperty("from").GetString() == "bot");

    public Task<string> DownloadAsync(JsonElement message) =>
        http.GetStringAsync(message.GetProperty("file").GetProperty("url").GetString());

    public async Task SetFaultsAsync(object knobs)
    {
        using var answer = await http.PutAsJsonAsync("/sim/faults", knobs);
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose() => http.Dispose();

    private async Task<JsonElement> UntilAsync(Func<JsonElement, bool> isMeant)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            foreach (var message in await MessagesAsync(limit.Token))
            {
                if (isMeant(message))
                    return message.Clone();
            }

            await Task.Delay(50, limit.Token);
        }
    }

    private async Task<IEnumerable<JsonElement>> MessagesAsync(CancellationToken cancellation) =>
        (await http.GetFromJsonAsync<JsonElement>($"/sim/chats/{person}/{bot}", cancellation))
            .GetProperty("messages")
            .EnumerateArray();

    private static int Id(JsonElement message) => message.GetProperty("message_id").GetInt32();
}

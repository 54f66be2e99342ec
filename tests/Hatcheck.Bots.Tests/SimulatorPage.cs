using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hatcheck.Bots.Tests;

/// <summary>The simulator as people use it: writing, pressing, reading, and the fault knobs.</summary>
internal sealed class SimulatorPage(Uri address) : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private readonly HttpClient http = new() { BaseAddress = address };

    public async Task<long> AddPersonAsync(string firstName = "Ada") =>
        (await PostAsync("/sim/people", new { first_name = firstName })).GetProperty("id").GetInt64();

    public Task WriteAsync(long person, string bot, string text) =>
        PostAsync($"/sim/chats/{person}/{bot}/messages", new { text });

    public Task<JsonElement> PressAsync(long person, string bot, SeenMessage message, string data) =>
        PostAsync($"/sim/chats/{person}/{bot}/callbacks", new { message_id = message.MessageId, callback_data = data });

    public Task InjectAsync(string bot, object update) => PostAsync($"/sim/bots/{bot}/updates", update);

    public async Task SendFileAsync(long person, string bot, string name, string content)
    {
        using var form = new MultipartFormDataContent { { new StringContent(content), "file", name } };
        (await http.PostAsync(new Uri($"/sim/chats/{person}/{bot}/files", UriKind.Relative), form)).EnsureSuccessStatusCode();
    }

    public Task BlockAsync(long person, string bot) => PostAsync($"/sim/chats/{person}/{bot}/block", new { });

    public async Task SetFaultsAsync(object faults) =>
        (await http.PutAsJsonAsync("/sim/faults", faults, Json)).EnsureSuccessStatusCode();

    public async Task<IReadOnlyList<SeenMessage>> ReadAsync(long person, string bot)
    {
        var chat = await http.GetFromJsonAsync<JsonElement>($"/sim/chats/{person}/{bot}", Json);
        return chat.GetProperty("messages").Deserialize<SeenMessage[]>(Json)!.Where(m => !m.Deleted).ToArray();
    }

    public async Task<IReadOnlyList<SeenMessage>> RepliesAsync(long person, string bot) =>
        (await ReadAsync(person, bot)).Where(m => m.From == "bot").ToArray();

    /// <summary>Waits until the bot has said so many things to the person.</summary>
    public async Task<IReadOnlyList<SeenMessage>> RepliesAsync(long person, string bot, int count)
    {
        await Eventually.UntilAsync(async () => (await RepliesAsync(person, bot)).Count >= count);
        return await RepliesAsync(person, bot);
    }

    /// <summary>What the bot answers to this.</summary>
    public async Task<SeenMessage> AskAsync(long person, string bot, string text)
    {
        var before = (await RepliesAsync(person, bot)).Count;
        await WriteAsync(person, bot, text);
        return (await RepliesAsync(person, bot, before + 1))[before];
    }

    public async Task<string> DownloadAsync(SeenFile file) =>
        await http.GetStringAsync(new Uri(file.Url, UriKind.RelativeOrAbsolute));

    public async Task<JsonElement> BotAsync(string bot) =>
        (await http.GetFromJsonAsync<JsonElement>("/sim/bots", Json))
            .EnumerateArray()
            .Single(b => b.GetProperty("username").GetString() == bot);

    public void Dispose() => http.Dispose();

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body, Json);
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue($"{path}: {text}");
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }
}

internal sealed record SeenMessage(
    long MessageId,
    string From,
    string? Text,
    SeenButton[][]? Buttons,
    SeenFile? File,
    bool Edited,
    bool Deleted
)
{
    public string Data(int row, int column) => Buttons![row][column].CallbackData!;
}

internal sealed record SeenButton(string Text, string? CallbackData);

internal sealed record SeenFile(string Name, long Size, string MimeType, string Url);

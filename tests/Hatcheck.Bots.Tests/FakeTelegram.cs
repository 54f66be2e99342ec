using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Hatcheck.Crypto;

namespace Hatcheck.Bots.Tests;

/// <summary>Telegram as a handler, for answers that the simulator does not give; an unscripted method throws.</summary>
internal sealed class FakeTelegram : HttpMessageHandler
{
    public const string Token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1";

    private readonly ConcurrentDictionary<string, Func<JsonElement, (HttpStatusCode Status, string Json)>> methods = new(
        StringComparer.Ordinal
    );
    private readonly ConcurrentQueue<string> updates = new();

    public FakeTelegram()
    {
        On(
            "getMe",
            _ =>
                (
                    HttpStatusCode.OK,
                    """{"ok":true,"result":{"id":110201543,"is_bot":true,"first_name":"M","username":"music_bot"}}"""
                )
        );
        foreach (var method in new[] { "setMyCommands", "deleteWebhook", "setWebhook", "sendChatAction" })
        {
            On(method, _ => (HttpStatusCode.OK, """{"ok":true,"result":true}"""));
        }
    }

    public ConcurrentQueue<(string Method, JsonElement Body)> Calls { get; } = new();

    /// <summary>Bodies that are no JSON, as they came.</summary>
    public ConcurrentQueue<string> Forms { get; } = new();

    public FakeTelegram On(string method, Func<JsonElement, (HttpStatusCode Status, string Json)> answer)
    {
        methods[method] = answer;
        return this;
    }

    /// <summary>One more answer of <c>getUpdates</c>; after the last it waits as long polls do.</summary>
    public FakeTelegram Updates(string json)
    {
        updates.Enqueue(json);
        return this;
    }

    public IReadOnlyList<JsonElement> Bodies(string method) => Calls.Where(c => c.Method == method).Select(c => c.Body).ToArray();

    public TelegramBotOptions Options(long? owner = null, TimeProvider? time = null) =>
        new()
        {
            Token = new SecretText(Token),
            TelegramUrl = new Uri("https://telegram.example"),
            Handler = this,
            OwnerChatId = owner,
            RetryDelay = TimeSpan.FromMilliseconds(10),
            Time = time ?? TimeProvider.System,
        };

    public TelegramBot Bot(BotDefinition definition, LogLines log, TelegramBotOptions? options = null) =>
        new(options ?? Options(), definition, log.For<TelegramBot>());

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        path.ShouldStartWith($"/bot{Token}/");
        var method = path[(path.LastIndexOf('/') + 1)..];
        var isJson = request.Content?.Headers.ContentType?.MediaType == "application/json";
        var text = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var body = isJson ? JsonElement.Parse(text) : default;
        Calls.Enqueue((method, body));
        if (!isJson)
            Forms.Enqueue(text);
        if (method == "getUpdates" && !methods.ContainsKey(method))
            return Answer(HttpStatusCode.OK, await NextUpdatesAsync(body, cancellationToken));
        if (!methods.TryGetValue(method, out var answer))
            throw new InvalidOperationException($"No test expected {method}.");
        var (status, json) = answer(body);
        return Answer(status, json);
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string json) =>
        new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private async Task<string> NextUpdatesAsync(JsonElement body, CancellationToken cancellation)
    {
        if (updates.TryDequeue(out var next))
            return $$"""{"ok":true,"result":{{next}}}""";
        if (body.GetProperty("timeout").GetInt32() > 0)
            await Task.Delay(Timeout.Infinite, cancellation);
        return """{"ok":true,"result":[]}""";
    }
}

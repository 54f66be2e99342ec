using System.Net;
using System.Text;
using Hatcheck.Crypto;
using Hatcheck.TestKit;

namespace Hatcheck.Client.Tests;

/// <summary>A Hatcheck that returns scripted answers in order, and throws at any other request.</summary>
internal sealed class ScriptedHatcheck : HttpMessageHandler
{
    public const string Key = "hck_live_0123456789abcdefghijklSECRETSECRETSECRETSECRETSECRETSECRETSECRETabcdefg";

    private readonly Queue<(string Call, Func<HttpResponseMessage> Answer)> script = new();

    public ManualTime Time { get; } = new();

    public List<Seen> Requests { get; } = [];

    public ScriptedHatcheck Expect(string call, string json, HttpStatusCode status = HttpStatusCode.OK) =>
        Expect(
            call,
            () => new HttpResponseMessage(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") }
        );

    public ScriptedHatcheck Expect(string call, HttpStatusCode status) => Expect(call, () => new HttpResponseMessage(status));

    public ScriptedHatcheck Expect(string call, Func<HttpResponseMessage> answer)
    {
        script.Enqueue((call, answer));
        return this;
    }

    public ScriptedHatcheck ExpectProblem(string call, HttpStatusCode status, string code, TimeSpan? retryAfter = null) =>
        Expect(
            call,
            () =>
            {
                var response = new HttpResponseMessage(status)
                {
                    Content = new StringContent(
                        $$"""
                        {"type":"about:blank","title":"t","status":{{(int)status}},"detail":"d",
                        "code":"{{code}}","trace_id":"4bf92f3577b34da6","errors":{"$.id":["wrong"]} }
                        """,
                        Encoding.UTF8,
                        "application/problem+json"
                    ),
                };
                if (retryAfter is { } pause)
                    response.Headers.RetryAfter = new(pause);
                return response;
            }
        );

    public HatcheckClient Client(BlindIndexKey? indexKey = null, int maxRetries = 3, double jitter = 0.5) =>
        new(
            new HatcheckClientOptions
            {
                Url = new Uri("https://hatcheck.example/base/"),
                ApiKey = new SecretText(Key),
                IndexKey = indexKey,
                MaxRetries = maxRetries,
                Jitter = () => jitter,
                Time = Time,
            },
            this
        );

    /// <summary>Advances the clock until the call ends.</summary>
    public async Task<T> RunAsync<T>(Task<T> call)
    {
        while (!call.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(1);
        }

        return await call;
    }

    public async Task RunAsync(Task call) => await RunAsync(Wrap(call));

    public void ShouldBeSpent() => script.ShouldBeEmpty();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var call = $"{request.Method} {request.RequestUri!.PathAndQuery.Replace("/base/", "/", StringComparison.Ordinal)}";
        Requests.Add(
            new Seen(
                call,
                request.Headers.Authorization?.ToString(),
                request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken),
                request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null,
                Time.GetUtcNow(),
                request.Headers.TryGetValues("If-Match", out var tags) ? tags.Single() : null
            )
        );
        if (!script.TryDequeue(out var next) || next.Call != call)
            throw new InvalidOperationException($"Nobody expected {call}.");
        return next.Answer();
    }

    private static async Task<bool> Wrap(Task call)
    {
        await call;
        return true;
    }

    internal sealed record Seen(
        string Call,
        string? Authorization,
        string? Body,
        string? IdempotencyKey,
        DateTimeOffset At,
        string? IfMatch
    );
}

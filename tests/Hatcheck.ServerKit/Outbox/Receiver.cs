using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hatcheck.ServerKit.Outbox;

/// <summary>A delivery as received.</summary>
internal sealed record Arrival(string Path, string Id, string Timestamp, string Signature, string Body, string? ContentType)
{
    public string Type => JsonDocument.Parse(Body).RootElement.GetProperty("type").GetString()!;

    public Guid User => JsonDocument.Parse(Body).RootElement.GetProperty("data").GetProperty("user_id").GetGuid();

    /// <summary>The indexes of the secrets that signed, verified without the server's code.</summary>
    public IReadOnlyList<int> SignedBy(params string[] secrets)
    {
        var signed = Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Body}");
        string Sign(string secret) =>
            "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), signed));
        var expected = Array.ConvertAll(secrets, Sign);
        return [.. Signature.Split(' ').Select(one => Array.IndexOf(expected, one))];
    }
}

/// <summary>A service that receives events: it records the deliveries, and answers as the test specifies.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    /// <summary>A part of its URL that must not leak.</summary>
    public const string Canary = "canary-in-the-path";

    private readonly WebApplication app;
    private readonly List<Arrival> ledger = [];
    private readonly List<Arrival> acknowledged = [];

    private Receiver(WebApplication app) => this.app = app;

    /// <summary>Computes the answer; null: 200. It may end the response itself.</summary>
    public Func<Arrival, HttpContext, Task>? Answer { get; set; }

    public string Address => $"{app.Urls.First()}/hooks/{Canary}?token={Canary}";

    /// <summary>The deliveries in order of arrival.</summary>
    public IReadOnlyList<Arrival> Ledger
    {
        get
        {
            lock (ledger)
                return [.. ledger];
        }
    }

    /// <summary>The deliveries that were answered with 2xx, in the order of the answers.</summary>
    public IReadOnlyList<Arrival> Acknowledged
    {
        get
        {
            lock (ledger)
                return [.. acknowledged];
        }
    }

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var receiver = new Receiver(builder.Build());
        receiver.app.Urls.Add("http://127.0.0.1:0");
        receiver.app.Run(receiver.TakeAsync);
        await receiver.app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        string Header(string name) => context.Request.Headers[name].ToString();
        var arrival = new Arrival(
            $"{context.Request.Path}{context.Request.QueryString}",
            Header("webhook-id"),
            Header("webhook-timestamp"),
            Header("webhook-signature"),
            await reader.ReadToEndAsync(),
            context.Request.ContentType
        );
        lock (ledger)
            ledger.Add(arrival);
        if (Answer is { } answer)
            await answer(arrival, context);
        if (context.Response.StatusCode is >= 200 and < 300)
            lock (ledger)
                acknowledged.Add(arrival);
    }
}

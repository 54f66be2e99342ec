using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hatcheck.ServerKit.Outbox;

/// <summary>A delivery as it came.</summary>
internal sealed record Arrival(string Path, string Id, string Timestamp, string Signature, string Body, string? ContentType)
{
    public string Type => JsonDocument.Parse(Body).RootElement.GetProperty("type").GetString()!;

    public Guid User => JsonDocument.Parse(Body).RootElement.GetProperty("data").GetProperty("user_id").GetGuid();

    /// <summary>Shares no code with the server: which of the secrets signed, by their place.</summary>
    public IReadOnlyList<int> SignedBy(params string[] secrets)
    {
        var signed = Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.{Body}");
        string Sign(string secret) =>
            "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), signed));
        var expected = Array.ConvertAll(secrets, Sign);
        return [.. Signature.Split(' ').Select(one => Array.IndexOf(expected, one))];
    }
}

/// <summary>A service that is told of events: it keeps a ledger of what arrived, and answers as a test says.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    /// <summary>What its address holds that nobody may see.</summary>
    public const string Canary = "canary-in-the-path";

    private readonly WebApplication app;
    private readonly List<Arrival> ledger = [];
    private readonly List<Arrival> acknowledged = [];

    private Receiver(WebApplication app) => this.app = app;

    /// <summary>Null: 200. It may end the response itself.</summary>
    public Func<Arrival, HttpContext, Task>? Answer { get; set; }

    public string Address => $"{app.Urls.First()}/hooks/{Canary}?token={Canary}";

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<Arrival> Ledger
    {
        get
        {
            lock (ledger)
                return [.. ledger];
        }
    }

    /// <summary>Those that were answered with 2xx, in the order of the answers.</summary>
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

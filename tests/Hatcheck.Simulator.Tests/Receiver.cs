using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Simulator.Tests;

/// <summary>A bot's web server, which records its requests and returns scripted answers.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly SemaphoreSlim arrived = new(0);

    private Receiver(WebApplication app) => this.app = app;

    public ConcurrentQueue<(JsonNode Update, string? Secret)> Got { get; } = new();

    /// <summary>Returns the answer to a delivery, by its number from 1.</summary>
    public Func<int, HttpContext, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public string Url => $"{app.Urls.First()}/hook";

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new Receiver(builder.Build());
        receiver.app.Run(receiver.ReceiveAsync);
        await receiver.app.StartAsync();
        return receiver;
    }

    /// <summary>Waits for the next delivery.</summary>
    public async Task<JsonNode> Next()
    {
        (await arrived.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue("nothing was delivered");
        return Got.Last().Update;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        arrived.Dispose();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var update = JsonNode.Parse(await reader.ReadToEndAsync())!;
        Got.Enqueue((update, context.Request.Headers["X-Telegram-Bot-Api-Secret-Token"]));
        await Answer(Got.Count, context);
        arrived.Release();
    }
}

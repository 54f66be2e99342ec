using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Hatcheck.Platform.Outbound;
using Hatcheck.Platform.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Hatcheck.ServerKit.Outbound;

/// <summary>The outbound handler with the test's resolver, and its log.</summary>
internal sealed class OutboundWorld : IDisposable
{
    private readonly ILoggerFactory logging;
    private readonly StringWriter log = new();
    private readonly OutboundHandler handler;

    public OutboundWorld(string? declared)
    {
        var lines = TextWriter.Synchronized(log);
        logging = LoggerFactory.Create(builder =>
            builder.AddProvider(new SafeLoggerProvider(TimeProvider.System) { Output = lines })
        );
        var networks = new OutboundNetworks(Options.Create(new OutboundOptions { AllowedNetworks = declared }));
        handler = new OutboundHandler(networks, Names, logging.CreateLogger<OutboundHandler>());
        Http = handler.NewClient(TimeSpan.FromSeconds(10), largestAnswer: 1024);
    }

    public ScriptedResolver Names { get; } = new();

    public HttpClient Http { get; }

    public string Log => log.ToString();

    public HttpClient NewClient(TimeSpan patience, int largestAnswer) => handler.NewClient(patience, largestAnswer);

    public void Dispose()
    {
        Http.Dispose();
        handler.Dispose();
        logging.Dispose();
    }
}

/// <summary>Returns a test's scripted answers for a name in order, repeating the last.</summary>
internal sealed class ScriptedResolver : INameResolver
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<IPAddress[]>> answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> asked = new();

    /// <summary>The requested names.</summary>
    public IReadOnlyCollection<string> Asked => asked;

    public void Answer(string host, params string[][] inOrder) =>
        answers[host] = new(inOrder.Select(addresses => Array.ConvertAll(addresses, IPAddress.Parse)));

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation)
    {
        asked.Enqueue(host);
        if (!answers.TryGetValue(host, out var queue))
            throw new SocketException((int)SocketError.HostNotFound);
        if (queue.Count > 1 && queue.TryDequeue(out var answer))
            return Task.FromResult(answer);
        return Task.FromResult(queue.TryPeek(out answer) ? answer : []);
    }
}

/// <summary>A web server on one loopback address that records its requests.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<string> requests = new();

    private Listener(WebApplication app) => this.app = app;

    public int Port => new Uri(app.Urls.First()).Port;

    /// <summary>Host and path of each request, such as <c>issuer.example:4711/keys</c>.</summary>
    public IReadOnlyCollection<string> Requests => requests;

    public static async Task<Listener> StartAsync(string address = "127.0.0.1", int port = 0, RequestDelegate? answer = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var listener = new Listener(builder.Build());
        listener.app.Urls.Add($"http://{address}:{port}");
        listener.app.Run(context =>
        {
            listener.requests.Enqueue($"{context.Request.Host}{context.Request.Path}");
            return answer is null ? context.Response.WriteAsync($"from {address}") : answer(context);
        });
        await listener.app.StartAsync();
        return listener;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

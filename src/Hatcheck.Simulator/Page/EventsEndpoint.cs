using System.Text.Json;
using Hatcheck.Simulator.Wire;
using Hatcheck.Simulator.World;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Hatcheck.Simulator.Page;

/// <summary><c>GET /sim/events</c>: everything that happens, as server-sent events.</summary>
internal sealed class EventsEndpoint(TelegramWorld world)
{
    /// <summary>The interval of comments by which both ends notice a dead connection.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public async Task ListenAsync(HttpContext context, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var listener = world.Events.Listen();
        try
        {
            await context.Response.WriteAsync(": listening\n\n", ended.Token);
            await context.Response.Body.FlushAsync(ended.Token);
            while (true)
            {
                var more = listener.Reader.WaitToReadAsync(ended.Token).AsTask();
                if (await Task.WhenAny(more, Task.Delay(KeepAlive, world.Time, ended.Token)) != more)
                    await context.Response.WriteAsync(": still here\n\n", ended.Token);
                else if (!await more)
                    return;
                while (listener.Reader.TryRead(out var happened))
                {
                    var data = JsonSerializer.Serialize(happened.Data, SimulatorJson.Default.PageEvent);
                    await context.Response.WriteAsync($"event: {happened.Name}\ndata: {data}\n\n", ended.Token);
                }

                await context.Response.Body.FlushAsync(ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page disconnected, or the server stops.
        }
        finally
        {
            world.Events.Leave(listener);
        }
    }
}

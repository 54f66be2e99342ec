using System.Text;

namespace Hatcheck.Drill.Installation;

/// <summary>A telemetry collector on loopback, which keeps every request's headers and body.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication app;
    private int number;

    private Collector(WebApplication app) => this.app = app;

    public string Address => app.Urls.First();

    public static async Task<Collector> StartAsync(Workspace space, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        var collector = new Collector(builder.Build());
        collector.app.Run(context => collector.KeepAsync(context, space));
        await collector.app.StartAsync(cancellation);
        return collector;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task KeepAsync(HttpContext context, Workspace space)
    {
        var kind = context.Request.Path.Value?.Split('/')[^1] is "traces" or "metrics" or "logs"
            ? context.Request.Path.Value!.Split('/')[^1]
            : "other";
        await using var file = File.Create(space.CapturedFile($"otlp-{kind}-{Interlocked.Increment(ref number):d5}"));
        foreach (var (name, value) in context.Request.Headers)
            await file.WriteAsync(Encoding.UTF8.GetBytes($"{name}: {value}\n"));
        await context.Request.Body.CopyToAsync(file, context.RequestAborted);
    }

    /// <summary>Leaves signals to the drill.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

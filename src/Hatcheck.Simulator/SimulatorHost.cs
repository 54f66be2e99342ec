using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Simulator;

/// <summary>A simulator with its own web server, for tests and for <c>hatcheck simulator</c>.</summary>
public sealed class SimulatorHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private SimulatorHost(WebApplication app, Uri address) => (this.app, Address) = (app, address);

    /// <summary>The address it listens on, for example <c>http://127.0.0.1:41233/</c>.</summary>
    public Uri Address { get; }

    /// <summary>Starts listening on loopback; port 0 takes a free one.</summary>
    public static async Task<SimulatorHost> StartAsync(
        SimulatorOptions? options = null,
        int port = 0,
        TimeProvider? time = null,
        CancellationToken cancellation = default
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddTelegramSimulator(options ?? new SimulatorOptions());
        var built = builder.Build();
        built.MapTelegramSimulator();
        await built.StartAsync(cancellation);
        return new SimulatorHost(built, new Uri(built.Urls.First()));
    }

    /// <summary>Ends open calls and stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}

using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Hatcheck.Platform;
using Hatcheck.Platform.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry.Metrics;

namespace Hatcheck.Telemetry;

/// <summary>
/// Serves metrics to Prometheus from a web server of its own: the API's port has no metrics, and this one has no API. A token
/// protects it if the settings name one, as they must off loopback (<see cref="TelemetryOptionsCheck"/>).
/// </summary>
internal sealed class PrometheusListener : IAsyncDisposable
{
    public const string Path = "/metrics";

    /// <summary>A Prometheus needs one connection; a highly available pair needs two.</summary>
    private const int MostConnections = 16;

    private readonly WebApplication app;

    private PrometheusListener(WebApplication app) => this.app = app;

    public Uri Page => new(new Uri(app.Urls.First()), Path);

    /// <summary>Adds the exporter that <see cref="StartAsync"/> serves.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void AddExporter(MeterProviderBuilder metrics) =>
        metrics.AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false);

    /// <summary>Listens on the configured address.</summary>
    /// <exception cref="OperatorException">The address can't be used.</exception>
    public static async Task<PrometheusListener> StartAsync(
        MeterProvider metrics,
        TelemetryOptions options,
        CancellationToken cancellation
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder
            .WebHost.UseKestrelCore()
            .UseUrls(options.PrometheusUrl!)
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = 0;
                kestrel.Limits.MaxConcurrentConnections = MostConnections;
            });
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        var built = builder.Build();
        var expected = options.PrometheusToken() is { } token ? Encoding.UTF8.GetBytes($"Bearer {token}") : null;
        built.Use((context, next) => RefusalOf(context, expected) is { } status ? Refuse(context, status) : next(context));
        built.UseOpenTelemetryPrometheusScrapingEndpoint(
            metrics,
            predicate: _ => true,
            path: null,
            configureBranchedPipeline: null,
            optionsName: null
        );
        try
        {
            await built.StartAsync(cancellation);
            return new PrometheusListener(built);
        }
        catch (Exception fault) when (fault is IOException { InnerException: AddressInUseException } or SocketException)
        {
            await built.DisposeAsync();
            throw new OperatorException(
                "Can't listen on Telemetry:PrometheusUrl: another program has the port, "
                    + "or the address is not this machine's. Choose another."
            );
        }
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static int? RefusalOf(HttpContext context, byte[]? expected)
    {
        // A scrape is not traffic: it appears in no request metric and no trace.
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } counted)
            counted.MetricsDisabled = true;
        if (Activity.Current is { } span)
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        var given = Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString());
        if (expected is not null && !CryptographicOperations.FixedTimeEquals(given, expected))
            return StatusCodes.Status401Unauthorized;
        if (context.Request.Path != Path)
            return StatusCodes.Status404NotFound;
        return HttpMethods.IsGet(context.Request.Method) ? null : StatusCodes.Status405MethodNotAllowed;
    }

    private static Task Refuse(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        if (status == StatusCodes.Status405MethodNotAllowed)
            context.Response.Headers.Allow = HttpMethods.Get;
        return Task.CompletedTask;
    }

    /// <summary>Leaves the process's signals to the main host.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

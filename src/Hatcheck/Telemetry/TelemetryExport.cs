using System.Runtime.CompilerServices;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Limits;
using Hatcheck.Platform.Outbound;
using Hatcheck.Platform.Telemetry;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Hatcheck.Telemetry;

/// <summary>
/// Sends spans and metrics to a collector, and serves metrics to Prometheus, while the server runs.
/// <see cref="SpanAllowList"/> limits their content. The providers are built here, not by the container, so that nothing can
/// add an exporter that bypasses the list.
/// </summary>
internal sealed class TelemetryExport(IOptions<TelemetryOptions> options) : IHostedService, IAsyncDisposable
{
    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Runtime",
        "System.Net.Http",
        SpanAllowList.NpgsqlSource,
        SecurityEvents.MeterName,
        JobRounds.MeterName,
    ];

    private readonly TelemetryOptions options = options.Value;
    private TracerProvider? traces;
    private MeterProvider? metrics;
    private IAsyncDisposable? listener;

    /// <summary>The address of the metrics for Prometheus; null if they are not served.</summary>
    public Uri? MetricsPage { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var version = typeof(TelemetryExport).Assembly.GetName().Version?.ToString(3);
        var resource = ResourceBuilder
            .CreateEmpty()
            .AddService("hatcheck", serviceVersion: version, autoGenerateServiceInstanceId: true);
        var measured = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            // Exports only the listed tags of instruments, too: the pool's name, for one, is a connection string.
            .AddView(_ => new MetricStreamConfiguration { TagKeys = SpanAllowList.Tags })
            // Exemplars keep the tags that a view drops. Set here, so that OTEL_METRICS_EXEMPLAR_FILTER can't turn them on.
            .SetExemplarFilter(ExemplarFilterType.AlwaysOff);
        if (options.IsSent)
            Send(resource, measured);
        if (options.IsScraped)
            PrometheusListener.AddExporter(measured);
        metrics = measured.Build();
        if (options.IsScraped)
            await ServeAsync(metrics, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <summary>Sends what is pending, within the exporters' time limit.</summary>
    public async ValueTask DisposeAsync()
    {
        if (listener is not null)
            await listener.DisposeAsync();
        traces?.Dispose();
        metrics?.Dispose();
        (listener, traces, metrics) = (null, null, null);
    }

    // Separate from ServeAsync, so that the runtime loads only the exporter that is used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Send(ResourceBuilder resource, MeterProviderBuilder measured)
    {
        traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(SpanAllowList.HttpSource, OutboundHandler.SpanSource, SpanAllowList.NpgsqlSource)
            // The order matters: spans pass the list before the exporter.
            .AddProcessor(new SpanAllowList())
            .AddProcessor(new BatchActivityExportProcessor(new OtlpTraceExporter(Exporter("v1/traces"))))
            .Build();
        measured.AddReader(
            new PeriodicExportingMetricReader(
                new OtlpMetricExporter(Exporter("v1/metrics")),
                (int)options.MetricsInterval.TotalMilliseconds
            )
        );
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task ServeAsync(MeterProvider shown, CancellationToken cancellation)
    {
        var started = await PrometheusListener.StartAsync(shown, options, cancellation);
        (listener, MetricsPage) = (started, started.Page);
    }

    private OtlpExporterOptions Exporter(string path) =>
        new()
        {
            Protocol = OtlpExportProtocol.HttpProtobuf,
            Endpoint = new Uri($"{options.OtlpEndpoint!.TrimEnd('/')}/{path}"),
            TimeoutMilliseconds = 5000,
        };
}

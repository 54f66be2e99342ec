using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Hatcheck.Platform.Telemetry;

/// <summary>
/// Sends spans and metrics to a collector while the server runs. What they may hold is <see cref="SpanAllowList"/>'s.
/// </summary>
internal sealed class TelemetryExport(IOptions<TelemetryOptions> options) : IHostedService, IDisposable
{
    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Runtime",
        SpanAllowList.NpgsqlSource,
        Limits.SecurityEvents.MeterName,
        Jobs.JobRounds.MeterName,
    ];

    private TracerProvider? traces;
    private MeterProvider? metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder
            .CreateEmpty()
            .AddService(
                "hatcheck",
                serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version?.ToString(3),
                autoGenerateServiceInstanceId: true
            );
        traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(SpanAllowList.HttpSource, SpanAllowList.NpgsqlSource)
            // In this order: what the exporter gets has been through the list.
            .AddProcessor(new SpanAllowList())
            .AddProcessor(new BatchActivityExportProcessor(new OtlpTraceExporter(Exporter("v1/traces"))))
            .Build();
        metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            // The pool's name is a connection string: of each instrument's tags, too, only the listed ones leave.
            .AddView(_ => new MetricStreamConfiguration { TagKeys = SpanAllowList.Tags })
            .AddReader(
                new PeriodicExportingMetricReader(
                    new OtlpMetricExporter(Exporter("v1/metrics")),
                    (int)options.Value.MetricsInterval.TotalMilliseconds
                )
            )
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Sends what is left, within the exporters' time limit.</summary>
    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
        (traces, metrics) = (null, null);
    }

    private OtlpExporterOptions Exporter(string path) =>
        new()
        {
            Protocol = OtlpExportProtocol.HttpProtobuf,
            Endpoint = new Uri($"{options.Value.OtlpEndpoint!.TrimEnd('/')}/{path}"),
            TimeoutMilliseconds = 5000,
        };
}

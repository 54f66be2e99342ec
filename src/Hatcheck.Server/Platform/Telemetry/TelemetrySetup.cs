using System.ComponentModel.DataAnnotations;

namespace Hatcheck.Server.Platform.Telemetry;

/// <summary>Settings under <c>Telemetry</c>.</summary>
internal sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>Where traces are sent, OTLP over HTTP, as <c>http://127.0.0.1:4318</c>. Empty: nowhere, which is the default.</summary>
    [Url]
    public string? OtlpEndpoint { get; set; }
}

internal static class TelemetrySetup
{
    public static void AddTelemetry(this WebApplicationBuilder builder) =>
        builder.Services.AddOptions<TelemetryOptions>().Bind(builder.Configuration.GetSection(TelemetryOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
}

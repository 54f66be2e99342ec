using System.ComponentModel.DataAnnotations;
using System.Diagnostics;

namespace Hatcheck.Platform.Telemetry;

/// <summary>Settings under <c>Telemetry</c>.</summary>
internal sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>
    /// Where traces and metrics are sent, OTLP over HTTP (protobuf), as <c>http://127.0.0.1:4318</c>. Default empty: nowhere.
    /// </summary>
    [Url(ErrorMessage = "Telemetry:OtlpEndpoint is an address such as http://127.0.0.1:4318.")]
    public string? OtlpEndpoint { get; set; }

    /// <summary>How often metrics are sent. Default 30 s; 1 s to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan MetricsInterval { get; set; } = TimeSpan.FromSeconds(30);
}

internal static class TelemetrySetup
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        // Without a collector nothing of OpenTelemetry is even loaded.
        if (!string.IsNullOrEmpty(builder.Configuration[$"{TelemetryOptions.Section}:{nameof(TelemetryOptions.OtlpEndpoint)}"]))
            builder.Services.AddHostedService<TelemetryExport>();
    }

    /// <summary>Puts the route's template, method and status on the request's span: all that is exported of a request.</summary>
    public static void UseRouteSpans(this WebApplication app) =>
        app.Use(
            async (context, next) =>
            {
                var activity = Activity.Current;
                try
                {
                    await next(context);
                }
                finally
                {
                    if (activity is { IsAllDataRequested: true })
                    {
                        activity.SetTag(SpanAllowList.Method, SpanAllowList.MethodOf(context.Request.Method));
                        activity.SetTag(SpanAllowList.Route, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText);
                        activity.SetTag(SpanAllowList.Status, context.Response.StatusCode);
                        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
                            activity.SetStatus(ActivityStatusCode.Error);
                    }
                }
            }
        );
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using Hatcheck.Platform.Telemetry;

namespace Hatcheck.Telemetry;

internal static class TelemetrySetup
{
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        if (TelemetryOptions.Of(builder.Configuration) is { IsSent: true } or { IsScraped: true })
            AddExport(builder.Services);
    }

    /// <summary>Tags the request's span with route template, method and status: all that is exported of a request.</summary>
    public static void UseRouteSpans(this WebApplication app)
    {
        // The framework creates a span for each request even without a collector; reading one would load OpenTelemetry.
        if (TelemetryOptions.Of(app.Configuration).IsSent)
            app.Use(DescribeAsync);
    }

    // A method of its own, so that the runtime loads OpenTelemetry only if something is exported; a test checks the process.
    // For the same reason this folder is not in Platform: EF Core inspects every type of an assembly that has tables.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddExport(IServiceCollection services) => services.AddHostedService<TelemetryExport>();

    private static async Task DescribeAsync(HttpContext context, RequestDelegate next)
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
}

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

    /// <summary>Puts the route's template, method and status on the request's span: all that is exported of a request.</summary>
    public static void UseRouteSpans(this WebApplication app)
    {
        // Even without a collector the framework has a span of each request, and looking at one would load OpenTelemetry.
        if (TelemetryOptions.Of(app.Configuration).IsSent)
            app.Use(DescribeAsync);
    }

    // Apart, so that the runtime loads OpenTelemetry only where something is exported. A test looks at the process. For the
    // same reason this folder is not in Platform: EF Core looks at every type of an assembly that has tables.
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

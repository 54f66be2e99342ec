using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Decides which web pages may call the API: exact origins from the settings, none by default, never with cookies.
/// </summary>
internal static class CorsSetup
{
    private static readonly string[] Readable =
    [
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "ETag",
        "Location",
        "Link",
        "Idempotency-Replayed",
        RequestIds.RequestId,
        RequestIds.TraceResponse,
        "Deprecation",
        "Sunset",
    ];

    public static void AddCorsOrigins(this IServiceCollection services, HttpOptions options)
    {
        if (options.Origins() is not { Length: > 0 } origins)
            return;
        services.AddCors(cors =>
            cors.AddDefaultPolicy(policy =>
                policy
                    .WithOrigins(origins)
                    .AllowAnyMethod()
                    .WithHeaders(
                        "Authorization",
                        "Content-Type",
                        "Idempotency-Key",
                        "If-Match",
                        "If-None-Match",
                        RequestIds.RequestId,
                        "traceparent"
                    )
                    .WithExposedHeaders(Readable)
                    .SetPreflightMaxAge(TimeSpan.FromHours(1))
                    // Callers authenticate by a header that a page must set itself. A cookie would let a foreign page act
                    // as the signed-in user.
                    .DisallowCredentials()
            )
        );
    }

    public static void UseCorsOrigins(this WebApplication app)
    {
        if (app.Services.GetService<ICorsService>() is not null)
            app.UseCors();
    }
}

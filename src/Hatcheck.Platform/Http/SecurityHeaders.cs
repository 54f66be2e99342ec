using System.Globalization;

namespace Hatcheck.Platform.Http;

/// <summary>What every answer tells browsers and caches. A page sets its own policy and caching, and keeps them.</summary>
internal sealed class SecurityHeaders(HttpOptions options)
{
    // An answer of the API is no page: nothing may be loaded by it, and nothing may frame it.
    private const string NoPage = "default-src 'none'; frame-ancestors 'none'";

    private readonly string? hsts =
        options.HstsMaxAge == TimeSpan.Zero
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"max-age={(long)options.HstsMaxAge.TotalSeconds}{(options.HstsIncludeSubDomains ? "; includeSubDomains" : "")}"
            );

    public void Write(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = "no-store";
        if (headers.ContentSecurityPolicy.Count == 0)
            headers.ContentSecurityPolicy = NoPage;
        // Over plain HTTP it means nothing (RFC 6797, section 7.2), and a developer's localhost is not to be held to it.
        if (hsts is not null && context.Request.IsHttps && !Listening.IsLoopback(context.Request.Host.Host))
            headers.StrictTransportSecurity = hsts;
    }
}

using System.Globalization;

namespace Hatcheck.Platform.Http;

/// <summary>
/// Headers for browsers and caches on every response. A page keeps the policy and caching that it set itself.
/// </summary>
internal sealed class SecurityHeaders(HttpOptions options)
{
    // A response of the API is not a page: it may load nothing, and nothing may frame it.
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
        // HSTS is ignored over plain HTTP (RFC 6797, section 7.2), and must not bind a developer's localhost.
        if (hsts is not null && context.Request.IsHttps && !Listening.IsLoopback(context.Request.Host.Host))
            headers.StrictTransportSecurity = hsts;
    }
}

using System.Collections.Frozen;
using Microsoft.AspNetCore.StaticFiles;

namespace Hatcheck.Platform.Http;

/// <summary>
/// The interactive page at <c>/docs</c>. Its files are built from <c>apidocs/</c> and embedded in this assembly, so it
/// needs no other host. They are the same for every client and hold no secret, so, unlike API responses, they are sent
/// compressed (BREACH).
/// </summary>
internal static class DocsPage
{
    public const string Route = "/docs";

    private const string Prefix = "apidocs/";
    private const string Compressed = ".br";

    // The viewer writes its own style elements, so 'unsafe-inline' is allowed for styles only.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly FileExtensionContentTypeProvider Types = new();

    private static readonly FrozenDictionary<string, byte[]> Files = Load();

    public static void MapDocsPage(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, context => SendAsync(context, "index.html")).AllowAnonymous().ExcludeFromDescription();
        routes
            .MapGet(Route + "/{file}", context => SendAsync(context, context.Request.RouteValues["file"] as string ?? ""))
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    /// <summary>Sends a document that is the same for every client, compressed if the client accepts that.</summary>
    public static async Task SendAsync(HttpContext context, byte[] plain, byte[]? brotli, string type)
    {
        var response = context.Response;
        response.ContentType = type;
        var content = plain;
        if (brotli is not null)
        {
            response.Headers.Vary = "Accept-Encoding";
            if (TakesBrotli(context.Request))
            {
                response.Headers.ContentEncoding = "br";
                content = brotli;
            }
        }

        response.ContentLength = content.Length;
        await response.Body.WriteAsync(content, context.RequestAborted);
    }

    private static Task SendAsync(HttpContext context, string name)
    {
        if (Files.Count == 0)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(
                "The page is not built into this server. Build it with ./run or ./test, or: npm ci && npm run build (in "
                    + "apidocs/), then build the server again."
            );
        }

        if (name.EndsWith(Compressed, StringComparison.Ordinal) || !Files.TryGetValue(name, out var plain))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        context.Response.Headers.ContentSecurityPolicy = Policy;
        // File names carry no version: clients revalidate each time, so an update shows at once.
        context.Response.Headers.CacheControl = "no-cache";
        return SendAsync(
            context,
            plain,
            Files.GetValueOrDefault(name + Compressed),
            Types.TryGetContentType(name, out var type) ? type : "text/plain; charset=utf-8"
        );
    }

    private static bool TakesBrotli(HttpRequest request) =>
        request
            .GetTypedHeaders()
            .AcceptEncoding.Any(encoding =>
                encoding.Value.Equals("br", StringComparison.OrdinalIgnoreCase) && encoding.Quality is null or > 0
            );

    private static FrozenDictionary<string, byte[]> Load()
    {
        var assembly = typeof(DocsPage).Assembly;
        return assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(
                name => name[Prefix.Length..],
                name =>
                {
                    using var stream = assembly.GetManifestResourceStream(name)!;
                    var bytes = new byte[stream.Length];
                    stream.ReadExactly(bytes);
                    return bytes;
                },
                StringComparer.Ordinal
            );
    }
}

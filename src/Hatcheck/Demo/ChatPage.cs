using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Hatcheck.Demo;

/// <summary>The built console, served with a policy that lets it run its own scripts and nothing else.</summary>
internal static class ChatPage
{
    // Mantine sets style attributes, hence 'unsafe-inline' for styles only.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string NotBuilt =
        "The chat page is not built. Start the demo with ./run, which builds it, or run: npm ci && npm run build (in console/).";

    public static void UseChatPage(this WebApplication app)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "console");
        if (!File.Exists(Path.Combine(folder, "index.html")))
        {
            app.MapGet("/", () => Results.Text(NotBuilt, statusCode: StatusCodes.Status503ServiceUnavailable))
                .AllowAnonymous()
                .ExcludeFromDescription();
            return;
        }

        var files = new PhysicalFileProvider(folder);
        app.MapMethods(
                "/{**path}",
                [HttpMethods.Get, HttpMethods.Head],
                async (HttpContext context, string? path) =>
                {
                    // A path with an extension is a file; any other is a page, which the console routes itself.
                    var name = string.IsNullOrEmpty(path) || !Path.HasExtension(path) ? "index.html" : path;
                    var file = files.GetFileInfo(name);
                    if (!file.Exists)
                    {
                        context.Response.StatusCode = StatusCodes.Status404NotFound;
                        return;
                    }

                    var headers = context.Response.Headers;
                    headers.ContentSecurityPolicy = Policy;
                    headers.CacheControl = name.StartsWith("assets/", StringComparison.Ordinal)
                        ? "public, max-age=31536000, immutable"
                        : "no-cache";
                    context.Response.ContentType = Types.TryGetContentType(name, out var type)
                        ? type
                        : "application/octet-stream";
                    await context.Response.SendFileAsync(file);
                }
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    private static readonly FileExtensionContentTypeProvider Types = new();
}

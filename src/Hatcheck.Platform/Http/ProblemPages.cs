using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Hatcheck.Platform.Http;

/// <summary>
/// A page for each code, built from the table of docs/reference/errors.md. Its path is the <c>type</c> of the problem. The
/// path is absolute but names no host (RFC 9457 §3.1.1): it leads to the server that responded, and never repeats a host
/// name from the caller.
/// </summary>
internal sealed partial class ProblemPages
{
    public const string Route = DocsPage.Route + "/errors";

    private const string Policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly FrozenDictionary<string, byte[]> pages;

    public ProblemPages(ProblemInventory problems)
    {
        var rows = Rows();
        pages = problems.All.ToFrozenDictionary(
            kind => kind.Code,
            kind => Page(kind.Title, $"<h1>{Text(kind.Title)}</h1>{Body(kind, rows)}"),
            StringComparer.Ordinal
        );
        var links = problems.All.OrderBy(kind => kind.Code, StringComparer.Ordinal).Select(Link);
        Index = Page("Errors of Hatcheck", $"<h1>Errors</h1><ul>{string.Concat(links)}</ul>");
    }

    public byte[] Index { get; }

    /// <summary>The path of a code's page.</summary>
    public static string AddressOf(string code) => $"{Route}/{code}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Route).AllowAnonymous().ExcludeFromDescription();
        group.MapGet("", (HttpContext context, ProblemPages pages) => SendAsync(context, pages.Index));
        group.MapGet(
            "/{code}",
            (string code, HttpContext context, ProblemPages pages) =>
                pages.pages.TryGetValue(code, out var page) ? SendAsync(context, page) : Absent(context)
        );
    }

    private static Task Absent(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static async Task SendAsync(HttpContext context, byte[] page)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.ContentLength = page.Length;
        await context.Response.Body.WriteAsync(page, context.RequestAborted);
    }

    private static string Link(ProblemKind kind) =>
        $"<li><a href=\"{AddressOf(kind.Code)}\"><code>{kind.Code}</code></a> {Text(kind.Title)}</li>";

    private static string Body(ProblemKind kind, Dictionary<string, (string Status, string Meaning, string Cure)> rows)
    {
        var (status, meaning, cure) = rows.GetValueOrDefault(kind.Code, ($"{kind.Status}", kind.Title, "See `detail`."));
        return $"<p><code>{kind.Code}</code>, HTTP {Text(status)}</p><h2>Meaning</h2><p>{Text(meaning)}</p>"
            + $"<h2>What to do</h2><p>{Text(cure)}</p>"
            + $"<p><a href=\"{Route}\">All errors</a> · <a href=\"{DocsPage.Route}\">The API</a></p>";
    }

    private static Dictionary<string, (string Status, string Meaning, string Cure)> Rows()
    {
        using var stream = typeof(ProblemPages).Assembly.GetManifestResourceStream("errors.md")!;
        using var reader = new StreamReader(stream);
        return reader
            .ReadToEnd()
            .Split('\n')
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells is [_, _, ['`', ..], ..])
            .ToDictionary(cells => cells[2].Trim('`'), cells => (cells[1], cells[3], cells[4]), StringComparer.Ordinal);
    }

    // Renders the Markdown that the table uses: code, and links, of which only the text stays.
    private static string Text(string markdown) =>
        Code().Replace(WebUtility.HtmlEncode(Links().Replace(markdown, "${text}")), "<code>${text}</code>");

    private static byte[] Page(string title, string body) =>
        Encoding.UTF8.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
                    + $"<meta name=\"viewport\" content=\"width=device-width\">"
                    + $"<title>{Text(title)}</title>"
                    + $"<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;"
                    + $"padding:0 1rem}}</style>{body}</html>"
            )
        );

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\([^)]*\)", RegexOptions.NonBacktracking)]
    private static partial Regex Links();

    [GeneratedRegex("`(?<text>[^`]*)`", RegexOptions.NonBacktracking)]
    private static partial Regex Code();
}

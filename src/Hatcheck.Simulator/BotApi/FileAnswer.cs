using System.Net.Http.Headers;
using Hatcheck.Simulator.World;
using Microsoft.AspNetCore.Http;

namespace Hatcheck.Simulator.BotApi;

/// <summary>Serves a file as a download: shown in the browser, it could run scripts with the page's rights.</summary>
internal static class FileAnswer
{
    public static async Task WriteAsync(HttpContext context, StoredFile file)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = file.Content.LongLength;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment")
        {
            FileNameStar = file.Name,
        }.ToString();
        await context.Response.Body.WriteAsync(file.Content, context.RequestAborted);
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Bots.Tests.Canary;

/// <summary>A Bot API behind a real socket, so that the handler under test is the one that ships.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private int updates;

    private ScriptedServer(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.Single());

    /// <summary>How <c>sendMessage</c>, <c>sendPoll</c> and downloads are answered; all else goes well.</summary>
    public required Func<HttpContext, Task> Answer { get; init; }

    public static async Task<ScriptedServer> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var server = new ScriptedServer(builder.Build()) { Answer = answer };
        server.app.Run(server.ServeAsync);
        await server.app.StartAsync();
        return server;
    }

    public static Task WriteAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path.StartsWith("/file/", StringComparison.Ordinal))
            return Answer(context);
        return path.Split('/')[^1] switch
        {
            "sendMessage" or "sendPoll" => Answer(context),
            "getMe" => Ok(context, """{"id":110201543,"is_bot":true,"first_name":"M","username":"music_bot"}"""),
            "getFile" => Ok(context, """{"file_id":"f","file_unique_id":"u","file_path":"documents/f"}"""),
            "getUpdates" => UpdatesAsync(context),
            _ => Ok(context, "true"),
        };
    }

    private async Task UpdatesAsync(HttpContext context)
    {
        // One message with a file, and then the silence of a long poll.
        if (Interlocked.Increment(ref updates) > 1)
        {
            await Task.Delay(50, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            await Ok(context, "[]");
            return;
        }

        await Ok(
            context,
            """
            [{"update_id":1,"message":{"message_id":1,"date":1,"from":{"id":7,"is_bot":false,"first_name":"A"},
              "chat":{"id":7,"type":"private"},"document":{"file_id":"f","file_unique_id":"u"}}}]
            """
        );
    }

    private static Task Ok(HttpContext context, string result) =>
        WriteAsync(context, 200, $$"""{"ok":true,"result":{{result}}}""");
}

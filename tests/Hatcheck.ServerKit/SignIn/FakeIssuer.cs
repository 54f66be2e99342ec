using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hatcheck.ServerKit.SignIn;

/// <summary>An issuer on loopback whose documents a test changes, breaks and counts.</summary>
internal sealed class FakeIssuer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<string> requests = new();

    private FakeIssuer(WebApplication app) => this.app = app;

    public string Url => app.Urls.First();

    /// <summary>The published keys.</summary>
    public JsonArray Keys { get; set; } = [];

    /// <summary>The discovery document; null: the correct one.</summary>
    public JsonObject? Discovery { get; set; }

    /// <summary>Answers in place of the documents, if set.</summary>
    public Func<HttpContext, Task>? Instead { get; set; }

    /// <summary>The requested paths.</summary>
    public IReadOnlyCollection<string> Requests => requests;

    public static async Task<FakeIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var issuer = new FakeIssuer(builder.Build());
        issuer.app.Urls.Add("http://127.0.0.1:0");
        issuer.app.Run(issuer.AnswerAsync);
        await issuer.app.StartAsync();
        return issuer;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        requests.Enqueue(context.Request.Path);
        if (Instead is { } instead)
            return instead(context);
        var document = context.Request.Path.Value switch
        {
            "/.well-known/openid-configuration" => Discovery ?? new JsonObject { ["issuer"] = Url, ["jwks_uri"] = $"{Url}/jwks" },
            "/jwks" => new JsonObject { ["keys"] = Keys.DeepClone() },
            _ => null,
        };
        context.Response.ContentType = "application/json";
        context.Response.StatusCode = document is null ? 404 : 200;
        return context.Response.WriteAsync(document?.ToJsonString() ?? "{}");
    }
}

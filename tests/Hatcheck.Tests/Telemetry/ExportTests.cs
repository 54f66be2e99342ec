using System.Collections.Concurrent;
using System.Text;
using Hatcheck.Platform.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hatcheck.Tests.Telemetry;

public sealed class ExportOnSqliteTests() : ExportTests(new OnSqlite());

public sealed class ExportOnPostgresTests() : ExportTests(new OnPostgres());

/// <summary>The bytes that leave the process, as the test's own collector receives them.</summary>
public abstract class ExportTests(TestedDatabase database) : IAsyncLifetime
{
    private const string Canary = "canary7351924680";
    private const string CanaryId = "7351924680";
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private readonly ConcurrentQueue<(string Path, byte[] Body)> received = new();
    private WebApplication? collector;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received.Enqueue((context.Request.Path, body.ToArray()));
        });
        await collector.StartAsync();
        database.Settings["Telemetry:OtlpEndpoint"] = collector.Urls.First();
        await database.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        if (collector is not null)
            await collector.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Route_templates_leave_the_process_and_nothing_of_a_person_does()
    {
        // Its own node: stopping it flushes its spans.
        var node = await Node.StartAsync(database.Settings);
        var tenant = await node.NewTenantAsync();
        tenant.Http.DefaultRequestHeaders.Add("User-Agent", Canary);
        tenant.Http.DefaultRequestHeaders.Add("traceparent", $"00-{Trace}-00f067aa0ba902b7-01");
        tenant.Http.DefaultRequestHeaders.Add("tracestate", $"vendor={Canary}");
        tenant.Http.DefaultRequestHeaders.Add("baggage", $"id={Canary}");
        var user = await tenant.Http.ResolveAsync(CanaryId);
        await tenant.Http.GetAsync($"/users/{user.Id}/usage?cursor={Canary}");
        await tenant.Http.GetAsync($"/users/by-telegram/{CanaryId}?{Canary}");
        await tenant.Http.PostJsonAsync("/users/resolve", $$"""{"channel":"telegram","id":"{{Canary}}"}""");
        await tenant.Http.GetAsync($"/nowhere/{Canary}");
        await tenant.Http.SendAsync(new HttpRequestMessage(new HttpMethod(Canary.ToUpperInvariant()), "/tenant"));
        // A statement that fails carries its parameter in the exception, which Npgsql writes into its span.
        await Should.ThrowAsync<Exception>(
            node.Services.GetRequiredService<Database>()
                .QueryAsync(
                    tenant.Id,
                    "select cast($1 as integer) from nowhere_at_all",
                    [Canary],
                    row => row.Number(Field.At(0)),
                    CancellationToken.None
                )
        );
        await node.DisposeAsync();

        received.ShouldContain(sent => sent.Path == "/v1/traces");
        received.ShouldContain(sent => sent.Path == "/v1/metrics");
        var traces = Text("/v1/traces");
        foreach (
            var name in (string[])
                [
                    "POST /users/resolve",
                    "GET /users/{id}/usage",
                    "GET /users/by-telegram/{hash}",
                    "http.route",
                    "service.name",
                    "hatcheck",
                ]
        )
            traces.ShouldContain(name);
        // The caller's trace continues: its id is in the bytes.
        traces.ShouldContain(Encoding.Latin1.GetString(Convert.FromHexString(Trace)));
        var metrics = (string[])["http.server.request.duration", "hatcheck.jobs.rounds", "api-key-use", "hatcheck.outcome"];
        foreach (var name in metrics)
            Text("/v1/metrics").ShouldContain(name);
        foreach (var text in (string[])[traces, Text("/v1/metrics")])
        {
            foreach (
                var secret in (string[])
                    [
                        Canary,
                        CanaryId,
                        Canary.ToUpperInvariant(),
                        tenant.Key,
                        tenant.Key[^20..],
                        "url.path",
                        "url.query",
                        "client.address",
                        "user_agent",
                        "db.statement",
                        "db.query.text",
                        "Password",
                        "select ",
                    ]
            )
                text.ShouldNotContain(secret, Case.Insensitive);
        }
    }

    private string Text(string path) =>
        string.Concat(received.Where(sent => sent.Path == path).Select(sent => Encoding.Latin1.GetString(sent.Body)));
}

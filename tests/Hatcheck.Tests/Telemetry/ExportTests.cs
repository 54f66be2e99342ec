using System.Collections.Concurrent;
using System.Text;
using Hatcheck.Platform.Outbound;
using Hatcheck.Platform.Storage;
using Hatcheck.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hatcheck.Tests.Telemetry;

public sealed class ExportOnSqliteTests() : ExportTests(new OnSqlite());

public sealed class ExportOnPostgresTests() : ExportTests(new OnPostgres());

/// <summary>The bytes that leave the process, as the test's own collector receives them.</summary>
public abstract class ExportTests(TestedDatabase database) : IAsyncLifetime
{
    private const string Canary = "canary7351924680";
    private const string CanaryId = "7351924680";
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private const string ScrapesTrace = "5c000000000000000000000000000001";

    // What a framework would add, and what a span or metric must not have even if the value were harmless.
    private static readonly string[] banned =
    [
        Canary,
        CanaryId,
        Canary.ToUpperInvariant(),
        "url.path",
        "url.query",
        "url.full",
        "url_full",
        "server.address",
        "server_address",
        "client.address",
        "user_agent",
        "db.statement",
        "db.query.text",
        "pool.name",
        "pool_name",
        "Password",
        "select ",
        "nowhere_at_all",
    ];

    private readonly ConcurrentQueue<(string Path, string Headers, byte[] Body)> received = new();
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
            received.Enqueue((context.Request.Path, string.Join(' ', context.Request.Headers.Keys), body.ToArray()));
        });
        await collector.StartAsync();
        database.Settings["Telemetry:OtlpEndpoint"] = collector.Urls.First();
        database.Settings["Telemetry:PrometheusUrl"] = "http://127.0.0.1:0";
        database.Settings["Outbound:AllowedNetworks"] = "127.0.0.0/8";
        // An exemplar would have every tag that the list drops.
        Environment.SetEnvironmentVariable("OTEL_METRICS_EXEMPLAR_FILTER", "always_on");
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
        tenant.Http.DefaultRequestHeaders.Host = $"{Canary}.example";
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
        await CallOutAsync(node);
        var plain = await PageAsync(node, "text/plain");
        var open = await PageAsync(node, "application/openmetrics-text");
        await node.DisposeAsync();

        received.ShouldContain(sent => sent.Path == "/v1/traces");
        received.ShouldContain(sent => sent.Path == "/v1/metrics");
        var (traces, metrics) = (Text("/v1/traces"), Text("/v1/metrics"));
        string[] spans =
        [
            "POST /users/resolve",
            "GET /users/{id}/usage",
            "GET /users/by-telegram/{hash}",
            "HTTP GET",
            "http.route",
            "service.name",
            "hatcheck",
        ];
        foreach (var name in spans)
            traces.ShouldContain(name);
        // The caller's trace continues: its id is in the bytes.
        traces.ShouldContain(Encoding.Latin1.GetString(Convert.FromHexString(Trace)));
        // A scrape is no request.
        traces.ShouldNotContain(Encoding.Latin1.GetString(Convert.FromHexString(ScrapesTrace)));
        string[] measured =
        [
            "http.server.request.duration",
            "http.client.request.duration",
            "hatcheck.jobs.rounds",
            "api-key-use",
            "hatcheck.outcome",
        ];
        foreach (var name in measured)
            metrics.ShouldContain(name);
        foreach (var name in measured)
            plain.ShouldContain(name.Replace('.', '_'));
        string[] secrets = [.. banned, tenant.Key, tenant.Key[^20..], $"{tenant.Id}", $"{user.Id}", .. Connection()];
        foreach (var text in (string[])[traces, metrics, plain, open])
        {
            foreach (var secret in secrets)
                text.ShouldNotContain(secret, Case.Insensitive);
        }
    }

    // The path is where Telegram's token is.
    private async Task CallOutAsync(Node node)
    {
        var handler = node.Services.GetRequiredService<OutboundHandler>();
        using var http = handler.NewClient(TimeSpan.FromSeconds(10), largestAnswer: 1024);
        http.DefaultRequestHeaders.Add("User-Agent", Canary);
        using var answer = await http.GetAsync($"{collector!.Urls.First()}/bot{Canary}/getMe?id={Canary}");
        answer.EnsureSuccessStatusCode();
        await Should.ThrowAsync<HttpRequestException>(http.GetAsync($"http://127.0.0.1:1/bot{Canary}/getMe?id={Canary}"));
        await Should.ThrowAsync<HttpRequestException>(http.GetAsync($"http://{Canary}.invalid/"));
        var heard = received.Single(request => request.Path == $"/bot{Canary}/getMe").Headers;
        foreach (var header in (string[])["traceparent", "tracestate", "baggage", "Request-Id", "Correlation-Context"])
            heard.ShouldNotContain(header, Case.Insensitive);
    }

    private static async Task<string> PageAsync(Node node, string accept)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Accept", accept);
        http.DefaultRequestHeaders.Add("traceparent", $"00-{ScrapesTrace}-00f067aa0ba902b7-01");
        var export = node.Services.GetServices<IHostedService>().OfType<TelemetryExport>().Single();
        return await http.GetStringAsync(export.MetricsPage);
    }

    // What stands in the connection string, which is the pool's own name.
    private string[] Connection()
    {
        if (database is not OnPostgres postgres)
            return [];
        var given = new NpgsqlConnectionStringBuilder(postgres.Database.App);
        return ["Host=", "Username", given.Username!, given.Database!];
    }

    private string Text(string path) =>
        string.Concat(received.Where(sent => sent.Path == path).Select(sent => Encoding.Latin1.GetString(sent.Body)));
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Hatcheck.Platform;
using Hatcheck.ServerKit.Cli;
using Hatcheck.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hatcheck.Tests.Telemetry;

public sealed class PrometheusOnSqliteTests() : PrometheusTests(new OnSqlite());

public sealed class PrometheusOnPostgresTests() : PrometheusTests(new OnPostgres());

/// <summary>The page of metrics, and that it is nowhere else and nothing else is there.</summary>
public abstract partial class PrometheusTests(TestedDatabase database) : IAsyncLifetime
{
    private const string Token = "a-token-of-the-tests-that-is-long-enough";
    private readonly HttpClient http = new();

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        database.Settings["Telemetry:PrometheusUrl"] = "http://127.0.0.1:0";
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    // A process of its own: in this one other tests' nodes come and go, and OpenTelemetry drops an instrument with the first.
    [Fact]
    public async Task The_page_has_what_an_operator_watches_with_no_label_that_is_not_listed()
    {
        await using var hatcheck = new HatcheckProcess();
        if (database is OnPostgres)
        {
            var settings = database.Settings.Where(pair => pair.Key.StartsWith("Database:", StringComparison.Ordinal));
            foreach (var (setting, value) in settings)
                hatcheck.Environment[setting.Replace(":", "__", StringComparison.Ordinal)] = value!;
            File.Copy(Path.Combine(database.Folder, "kek.key"), Path.Combine(hatcheck.Folder, "kek.key"));
        }

        var at = FreePort();
        var server = await hatcheck.ServeAsync("--set", $"Telemetry:PrometheusUrl={at}");
        using var stranger = server.Client("hck_wrong");
        await stranger.GetAsync("/tenant");
        // The scrape before does not count as a request.
        await http.GetStringAsync(new Uri(at, "/metrics"));
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        var page = await http.GetStringAsync(new Uri(at, "/metrics"));
        string[] watched =
        [
            "http_server_request_duration_seconds_count",
            "http_server_active_requests",
            "kestrel_active_connections",
            "dotnet_process_cpu_time_seconds_total",
            "dotnet_gc_collections_total",
            "hatcheck_jobs_rounds_total",
            "target_info{service_name=\"hatcheck\"",
        ];
        foreach (var name in watched)
            page.ShouldContain(name);
        page.ShouldContain("http_route=\"/tenant\"");
        page.Split('\n').Where(line => line.StartsWith(watched[0], StringComparison.Ordinal)).ShouldHaveSingleItem(page);
        if (database is OnPostgres)
        {
            page.ShouldMatch("db_client_connection_count\\{[^\n]*idle[^\n]*\\} [1-9]");
            page.ShouldContain("db_client_connection_max");
        }

        string[] known = [.. SpanAllowList.Tags.Select(tag => tag.Replace('.', '_')), "le"];
        page.Split('\n')
            .Where(line => !line.StartsWith("target_info", StringComparison.Ordinal))
            .SelectMany(line => Label().Matches(line))
            .Select(match => match.Groups["name"].Value)
            .Distinct(StringComparer.Ordinal)
            .ShouldBeSubsetOf(known, StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_page_is_not_on_the_port_of_the_api_and_the_api_is_not_on_the_pages_port()
    {
        var node = await database.StartNodeAsync();
        using var api = node.Client((await node.NewTenantAsync()).Key);
        (await api.GetAsync("/metrics")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        foreach (var path in (string[])["/", "/tenant", "/health/ready", "/openapi/v1.json", "/metrics/", "/Metrics/x"])
            (await http.GetAsync(new Uri(PageOf(node), path))).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        (await http.PostAsync(PageOf(node), null)).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task With_a_token_nothing_is_shown_without_it()
    {
        var file = Path.Combine(database.Folder, "prometheus-token");
        await File.WriteAllTextAsync(file, Token + "\n");
        database.Settings["Telemetry:PrometheusTokenFile"] = file;
        var node = await database.StartNodeAsync();
        foreach (var shown in (string?[])[null, "Bearer", $"Bearer {Token}x", $"Bearer {Token[..^1]}", $"Basic {Token}", Token])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, PageOf(node));
            if (shown is not null)
                request.Headers.TryAddWithoutValidation("Authorization", shown).ShouldBeTrue();
            using var refused = await http.SendAsync(request);
            refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, shown);
            refused.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Bearer");
            (await refused.Content.ReadAsStringAsync()).ShouldBeEmpty();
        }

        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        (await http.GetStringAsync(PageOf(node))).ShouldContain("http_server_");
        node.Log.ToString().ShouldNotContain(Token);
    }

    [Fact]
    public async Task A_port_that_another_program_has_stops_the_start_with_the_settings_name()
    {
        var node = await database.StartNodeAsync();
        database.Settings["Telemetry:PrometheusUrl"] = PageOf(node).GetLeftPart(UriPartial.Authority);
        var fault = await Should.ThrowAsync<OperatorException>(() => database.StartNodeAsync());
        fault.Message.ShouldContain("Telemetry:PrometheusUrl");
    }

    private static Uri FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}");
    }

    private static Uri PageOf(Node node) =>
        node.Services.GetServices<IHostedService>().OfType<TelemetryExport>().Single().MetricsPage!;

    [GeneratedRegex("[{,](?<name>[^=,{]+)=\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Label();
}

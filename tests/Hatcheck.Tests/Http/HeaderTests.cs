using System.Net;
using System.Text;
using Hatcheck.Contracts;

namespace Hatcheck.Tests.Http;

/// <summary>Headers for browsers, caches and tracers.</summary>
public sealed class HeaderTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task An_answer_of_the_API_may_load_nothing_and_be_framed_by_nobody()
    {
        var tenant = await database.Node.NewTenantAsync();
        foreach (var path in new[] { "/tenant", "/users/1", "/nowhere", "/health/live" })
        {
            using var response = await tenant.Http.GetAsync(path);
            One(response, "Content-Security-Policy").ShouldBe("default-src 'none'; frame-ancestors 'none'");
            One(response, "Referrer-Policy").ShouldBe("no-referrer");
            One(response, "Cross-Origin-Resource-Policy").ShouldBe("same-origin");
            One(response, "Cache-Control").ShouldContain("no-store");
            response.Headers.Contains("Server").ShouldBeFalse();
            response.Headers.Contains("Strict-Transport-Security").ShouldBeFalse("over plain HTTP it means nothing");
        }
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_https_is_asked_for_for_a_year_and_plain_http_is_refused()
    {
        database.Settings["Http:TrustedProxies"] = "127.0.0.1";
        var node = await database.StartNodeAsync();
        var tenant = await node.NewTenantAsync();
        using var secure = await node.Client(tenant.Key)
            .SendAsync(
                Request("/tenant", ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.5"), ("Host", "api.example"))
            );
        secure.StatusCode.ShouldBe(HttpStatusCode.OK);
        One(secure, "Strict-Transport-Security").ShouldBe("max-age=31536000");
        await node.Client(tenant.Key)
            .SendAsync(Request("/tenant", ("X-Forwarded-Proto", "http"), ("X-Forwarded-For", "203.0.113.5")))
            .ShouldFailAsync(403, ProblemCodes.Plaintext);
        using var probe = await node.Client().SendAsync(Request("/health/live", ("X-Forwarded-Proto", "http")));
        probe.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11", true)]
    [InlineData("a", true)]
    [InlineData("req_1.2-3", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a;b", false)]
    [InlineData("<script>", false)]
    [InlineData("+491701234567", false)]
    public async Task A_request_id_comes_back_only_in_a_safe_form(string id, bool comesBack)
    {
        using var response = await database.Node.Client().SendAsync(Request("/health/live", ("X-Request-Id", id)));
        (One(response, "X-Request-Id") == id).ShouldBe(comesBack);
        One(response, "X-Request-Id").Length.ShouldBeGreaterThan(0);
        database.Node.Log.ToString().ShouldNotContain("0198f2c4-5e0b-7c1e-9a52-4b8f0f6b7a11");
    }

    [Fact]
    public async Task A_trace_is_continued_and_told_and_problems_carry_its_id()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        var request = Request(
            "/tenant",
            ("traceparent", $"00-{Trace}-00f067aa0ba902b7-01"),
            ("X-Request-Id", new string('x', 65))
        );
        using var response = await database.Node.Client().SendAsync(request);
        One(response, "traceresponse").ShouldStartWith($"00-{Trace}-");
        One(response, "X-Request-Id").ShouldBe(Trace);
        (await Task.FromResult(response).ShouldFailAsync(401, ProblemCodes.Unauthenticated)).TraceId.ShouldBe(Trace);
    }

    [Fact]
    public async Task Without_origins_no_page_may_call_and_with_them_exactly_those_may_without_cookies()
    {
        using var closed = await database.Node.Client().SendAsync(Preflight("https://app.example"));
        closed.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
        database.Settings["Http:CorsOrigins"] = "https://app.example; https://other.example:8443";
        var node = await database.StartNodeAsync();
        database.Settings.Remove("Http:CorsOrigins");
        var tenant = await node.NewTenantAsync();
        using var open = await node.Client().SendAsync(Preflight("https://app.example"));
        open.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        One(open, "Access-Control-Allow-Origin").ShouldBe("https://app.example");
        One(open, "Access-Control-Allow-Headers").ShouldContain("Authorization");
        open.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse();
        using var answer = await tenant.Http.SendAsync(Request("/tenant", ("Origin", "https://other.example:8443")));
        One(answer, "Access-Control-Allow-Origin").ShouldBe("https://other.example:8443");
        One(answer, "Access-Control-Expose-Headers").ShouldContain("Retry-After");
        foreach (
            var origin in new[]
            {
                "https://evil.example",
                "https://app.example.evil.example",
                "http://app.example",
                "https://other.example",
                "null",
            }
        )
        {
            using var refused = await tenant.Http.SendAsync(Request("/tenant", ("Origin", origin)));
            refused.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse(origin);
        }
    }

    [Fact]
    public async Task Only_documents_that_are_the_same_for_everybody_are_compressed()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        async Task<HttpResponseMessage> AskAsync(string path, string encodings = "gzip, br, deflate") =>
            await tenant.Http.SendAsync(Request(path, ("Accept-Encoding", encodings)));
        using var document = await AskAsync("/openapi/v1.json");
        document.Content.Headers.ContentEncoding.ShouldBe(["br"]);
        One(document, "Vary").ShouldBe("Accept-Encoding");
        await using var brotli = new System.IO.Compression.BrotliStream(
            await document.Content.ReadAsStreamAsync(),
            System.IO.Compression.CompressionMode.Decompress
        );
        using var unpacked = new MemoryStream();
        await brotli.CopyToAsync(unpacked);
        Encoding.UTF8.GetString(unpacked.ToArray()).ShouldBe(await database.Node.Client().GetStringAsync("/openapi/v1.json"));
        (await AskAsync("/openapi/v1.json", "br;q=0, gzip")).Content.Headers.ContentEncoding.ShouldBeEmpty();
        // In one compressed answer, the length of an attacker's text would reveal the secret (BREACH).
        foreach (var path in new[] { "/tenant", $"/users/{user}", $"/users/{user}/export", $"/users/{user}/usage", "/nowhere" })
            (await AskAsync(path)).Content.Headers.ContentEncoding.ShouldBeEmpty(path);
    }

    [Fact]
    public async Task The_page_of_the_API_may_run_only_its_own_files()
    {
        using var page = await database.Node.Client().GetAsync("/docs");
        Assert.SkipWhen(page.StatusCode == HttpStatusCode.ServiceUnavailable, "apidocs/ is not built; ./test builds it.");
        page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        One(page, "Content-Security-Policy").ShouldStartWith("default-src 'none'; script-src 'self'; ");
        var html = await page.Content.ReadAsStringAsync();
        html.ShouldNotContain("//");
        foreach (var file in new[] { "page.js", "page.css", "openapi-explorer.js", "openapi-explorer.LICENSE" })
            (await database.Node.Client().GetAsync($"/docs/{file}")).StatusCode.ShouldBe(HttpStatusCode.OK, file);
        foreach (var file in new[] { "page.js.br", "nothing.js", "..%2fhatcheck.dll", ".stamp" })
            (await database.Node.Client().GetAsync($"/docs/{file}")).StatusCode.ShouldBe(HttpStatusCode.NotFound, file);
    }

    private static string One(HttpResponseMessage response, string name) =>
        string.Join(
            ", ",
            response.Headers.TryGetValues(name, out var values) ? values
                : response.Content.Headers.TryGetValues(name, out values) ? values
                : [""]
        );

    private static HttpRequestMessage Preflight(string origin)
    {
        var request = Request(
            "/users/resolve",
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "authorization,content-type")
        );
        request.Method = HttpMethod.Options;
        return request;
    }

    private static HttpRequestMessage Request(string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue(name);
        return request;
    }
}

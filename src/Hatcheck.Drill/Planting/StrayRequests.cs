using Hatcheck.Drill.Search;
using Hatcheck.Drill.Sinks;

namespace Hatcheck.Drill.Planting;

/// <summary>
/// Sends canaries in undocumented places: headers, unknown paths and methods, invalid keys, bytes that are not HTTP.
/// </summary>
internal sealed class StrayRequests(ApiClient api, CanaryBook book)
{
    private static readonly string[] Headers =
    [
        "User-Agent",
        "Referer",
        "Cookie",
        "Origin",
        "From",
        "Via",
        "Request-Id",
        "X-Request-ID",
        "X-Correlation-ID",
        "traceparent",
        "tracestate",
        "baggage",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "Forwarded",
        "X-Original-URL",
        "X-Api-Key",
        "Idempotency-Key",
        "If-None-Match",
        "If-Modified-Since",
        "Accept",
        "Accept-Language",
        "Accept-Encoding",
        "Range",
        "X-HTTP-Method-Override",
    ];

    public async Task SendAsync(PlantedTenant tenant, CancellationToken cancellation)
    {
        string Canary(string what) => book.Text($"{what} of {tenant.Name}", tenant.Name, isAscii: true);
        var headers = Headers
            .Where(name => name != "X-Request-ID")
            .ToDictionary(name => name, name => Canary($"header {name}"), StringComparer.Ordinal);
        // The caller's own name for the request, returned to it in the same header.
        var request = CanaryBook.Word(22);
        book.Add(
            Search.Canary.Of($"header X-Request-ID of {tenant.Name}", request, tenant.Name, new ExpectedPlace(SinkNames.Headers))
        );
        headers["X-Request-ID"] = request;
        headers["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        headers["tracestate"] = $"drill={headers["tracestate"]}";
        headers["baggage"] = $"drill={headers["baggage"]}";
        var person = tenant.People[0];
        foreach (
            var (label, draft) in new (string, Draft)[]
            {
                ("headers", Draft.Get("/tenant", "GET /tenant") with { Headers = headers }),
                (
                    "headers at an unknown path",
                    Draft.Get($"/{Canary("unknown path")}", "GET an unknown path") with
                    {
                        Headers = headers,
                    }
                ),
                ("path under a person", Draft.Get($"/users/{person}/{Canary("path under a person")}", "GET /users/{id}/…")),
                ("query", Draft.Get($"/users/{person}?{Canary("name of a query")}={Canary("query")}", "GET /users/{id}?…")),
                ("query of nobody", Draft.Get($"/users/{Guid.NewGuid()}?q={Canary("query of nobody")}", "GET /users/{id}?…")),
                ("path of the document", Draft.Get($"/openapi/{Canary("path of the document")}.json", "GET /openapi/…")),
                (
                    "health",
                    Draft.Get($"/health/ready?{Canary("query of a health check")}", "GET /health/ready?…") with
                    {
                        Headers = headers,
                    }
                ),
                ("method", Draft.Get("/tenant", "another method") with { Method = Canary("method").ToUpperInvariant() }),
                (
                    "method of a path",
                    Draft.Get($"/users/{person}?{Canary("query of a method")}", "PATCH /users/{id}") with
                    {
                        Method = "PATCH",
                        Body = Canary("body of a method"),
                        BodyType = "application/json",
                    }
                ),
            }
        )
            await api.SendAsync(draft, tenant, cancellation);

        var whoami = Draft.Get("/tenant", "GET /tenant");
        var last = tenant.ApiKey[^1] == 'A' ? 'B' : 'A';
        foreach (
            var (what, given) in new (string, string)[]
            {
                ("a key that is none", $"Bearer {Canary("a key that is none")}"),
                ("a key's checksum changed", $"Bearer {tenant.ApiKey[..^1]}{last}"),
                ("a key with more", $"Bearer {tenant.ApiKey}x"),
                ("another scheme", $"Basic {Canary("another scheme")}"),
                ("no scheme", Canary("no scheme")),
                ("a key twice", $"Bearer {tenant.ApiKey} {tenant.ApiKey}"),
                ("a key as it is", tenant.ApiKey),
            }
        )
            await api.SendAsync(whoami with { Label = $"GET /tenant with {what}" }, null, cancellation, given);
        await api.SendAsync(whoami with { Target = $"/tenant?api_key={tenant.ApiKey}" }, null, cancellation);
        foreach (var text in Broken(tenant, Canary))
            await api.SendRawAsync(text, cancellation);
    }

    /// <summary>Bytes that never become a request of ASP.NET: the web server's own errors must not repeat them either.</summary>
    private static IEnumerable<string> Broken(PlantedTenant tenant, Func<string, string> canary)
    {
        var key = $"Authorization: Bearer {tenant.ApiKey}";
        yield return $"GET /{canary("path of an unknown version")} HTTP/9.9\r\nHost: x\r\n\r\n";
        yield return $"{canary("no request line")}\r\n\r\n";
        yield return $"GET {canary("path without a slash")} HTTP/1.1\r\nHost: x\r\n\r\n";
        yield return $"GET /users/{canary("path with NUL")}%00 HTTP/1.1\r\nHost: x\r\n\r\n";
        yield return $"GET /users/{canary("path with bad escapes")}%zz%c0%af HTTP/1.1\r\nHost: x\r\n{key}\r\n\r\n";
        yield return $"GET /tenant HTTP/1.1\r\nHost: {canary("host")} {canary("host, second word")}\r\n\r\n";
        yield return $"GET /tenant HTTP/1.1\r\nHost: {canary("host alone")}\r\n{key}\r\nConnection: close\r\n\r\n";
        yield return $"GET /tenant HTTP/1.1\r\nHost: x\r\n{key}\0\r\n\r\n";
        yield return $"GET /tenant HTTP/1.1\r\nHost: x\r\n{canary("header without a colon")} no colon\r\n\r\n";
        yield return $"GET /{canary("long path")}{new string('a', 9000)} HTTP/1.1\r\nHost: x\r\n\r\n";
        yield return $"GET /tenant HTTP/1.1\r\nHost: x\r\nX-Long: {canary("long header")}{new string('a', 40_000)}\r\n\r\n";
        yield return $"POST /users/resolve HTTP/1.1\r\nHost: x\r\n{key}\r\nContent-Type: "
            + $"application/json\r\nTransfer-Encoding: chunked\r\n\r\n{canary("chunk size")}\r\n";
        yield return $"POST /users/resolve HTTP/1.1\r\nHost: x\r\n{key}\r\nContent-Type: application/json\r\nContent-Length: "
            + $"{canary("content length")}\r\n\r\n";
        yield return $"POST /users/resolve HTTP/1.1\r\nHost: x\r\n{key}\r\nContent-Type: application/json\r\nContent-Length: "
            + $"500\r\n\r\n{{\"id\":\"{canary("body that breaks off")}";
    }
}

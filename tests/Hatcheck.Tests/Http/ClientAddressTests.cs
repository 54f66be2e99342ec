using System.Net;
using Hatcheck.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hatcheck.Tests.Http;

/// <summary>The client's address, and whether it used plain HTTP: by the peer's address, headers and settings.</summary>
public sealed class ClientAddressTests
{
    private const string Proxies = "10.0.0.0/8;192.0.2.1;2001:db8:f::/48";

    [Theory]
    // No proxy is trusted: any client can send the header.
    [InlineData("", "198.51.100.9", "203.0.113.5", "198.51.100.9")]
    [InlineData("", "10.1.1.1", "203.0.113.5", "10.1.1.1")]
    // A trusted proxy names the client.
    [InlineData(Proxies, "10.1.1.1", "203.0.113.5", "203.0.113.5")]
    [InlineData(Proxies, "::ffff:10.1.1.1", "203.0.113.5", "203.0.113.5")]
    [InlineData(Proxies, "2001:db8:f::9", "2001:db8::7", "2001:db8::7")]
    [InlineData(Proxies, "10.1.1.1", "203.0.113.5:4711", "203.0.113.5")]
    [InlineData(Proxies, "10.1.1.1", "[2001:db8::7]:4711", "2001:db8::7")]
    // Entries that the client itself put in front are ignored.
    [InlineData(Proxies, "10.1.1.1", "127.0.0.1, 203.0.113.5", "203.0.113.5")]
    [InlineData(Proxies, "10.1.1.1", "1.1.1.1, 203.0.113.5, 192.0.2.1, 10.2.2.2", "203.0.113.5")]
    [InlineData(Proxies, "10.1.1.1", "10.9.9.9, 203.0.113.5", "203.0.113.5")]
    // Only proxies on the way: the farthest named one.
    [InlineData(Proxies, "10.1.1.1", "10.3.3.3, 10.2.2.2", "10.3.3.3")]
    // An entry that is no address ends the search.
    [InlineData(Proxies, "10.1.1.1", "203.0.113.5, unknown", "10.1.1.1")]
    [InlineData(Proxies, "10.1.1.1", "203.0.113.5, unknown, 10.2.2.2", "10.2.2.2")]
    [InlineData(Proxies, "10.1.1.1", "", "10.1.1.1")]
    [InlineData(Proxies, "10.1.1.1", ",,,", "10.1.1.1")]
    [InlineData(Proxies, "198.51.100.9", "203.0.113.5", "198.51.100.9")]
    public async Task The_client_is_the_rightmost_address_that_is_no_trusted_proxys(
        string proxies,
        string peer,
        string forwarded,
        string client
    )
    {
        var context = Request(peer, forwarded, "https");
        await PassesAsync(context, new HttpOptions { TrustedProxies = proxies, AllowPlaintext = true });
        context.Connection.RemoteIpAddress!.ToString().ShouldBe(client);
    }

    [Fact]
    public async Task A_header_without_end_is_read_for_sixteen_hops_only()
    {
        var context = Request(
            "10.1.1.1",
            string.Join(", ", Enumerable.Repeat("203.0.113.5", 5000).Concat(Enumerable.Range(1, 100).Select(i => $"10.0.0.{i}"))),
            "https"
        );
        await PassesAsync(context, new HttpOptions { TrustedProxies = Proxies });
        context.Connection.RemoteIpAddress!.ToString().ShouldBe("10.0.0.85");
    }

    // Any client can claim https; a proxy on this machine is trusted when it reports plain HTTP.
    [Theory]
    [InlineData("127.0.0.1", "", null, true)]
    [InlineData("::1", "", null, true)]
    [InlineData("198.51.100.9", "", null, false)]
    [InlineData("198.51.100.9", "", "https", false)]
    [InlineData("10.1.1.1", "", "https", false)]
    [InlineData("10.1.1.1", Proxies, "https", true)]
    [InlineData("10.1.1.1", Proxies, "HTTPS", true)]
    [InlineData("10.1.1.1", Proxies, null, true)]
    [InlineData("10.1.1.1", Proxies, "http", false)]
    [InlineData("10.1.1.1", Proxies, "https, http", false)]
    [InlineData("10.1.1.1", Proxies, "http, https", true)]
    [InlineData("10.1.1.1", Proxies, "gopher", false)]
    [InlineData("127.0.0.1", "127.0.0.1", "http", false)]
    public async Task Plain_http_is_answered_only_on_loopback_or_for_a_trusted_proxy_that_saw_https(
        string peer,
        string proxies,
        string? scheme,
        bool passes
    )
    {
        (await PassesAsync(Request(peer, "203.0.113.5", scheme), new HttpOptions { TrustedProxies = proxies })).ShouldBe(passes);
        (
            await PassesAsync(
                Request(peer, "203.0.113.5", scheme),
                new HttpOptions { TrustedProxies = proxies, AllowPlaintext = true }
            )
        ).ShouldBeTrue();
    }

    [Theory]
    [InlineData("10.0.0.0/33", null, "TrustedProxies")]
    [InlineData("proxy.example", null, "TrustedProxies")]
    [InlineData("0.0.0.0/0", null, "TrustedProxies")]
    [InlineData("::/0", null, "TrustedProxies")]
    [InlineData(null, "*", "CorsOrigins")]
    [InlineData(null, "https://*.example", "CorsOrigins")]
    [InlineData(null, "https://app.example/", "CorsOrigins")]
    [InlineData(null, "http://app.example", "CorsOrigins")]
    [InlineData(null, "https://App.example", "CorsOrigins")]
    [InlineData(null, "https://app.example:443", "CorsOrigins")]
    [InlineData(null, "null", "CorsOrigins")]
    public void A_setting_that_would_trust_too_many_is_refused(string? proxies, string? origins, string setting) =>
        new HttpOptionsCheck()
            .Validate(null, new HttpOptions { TrustedProxies = proxies, CorsOrigins = origins })
            .Failures!.ShouldHaveSingleItem()
            .ShouldContain(setting);

    [Fact]
    public void Good_settings_pass() =>
        new HttpOptionsCheck()
            .Validate(
                null,
                new HttpOptions
                {
                    TrustedProxies = $"{Proxies}; ::1",
                    CorsOrigins = "https://app.example; https://app.example:8443;http://localhost:5173",
                }
            )
            .Succeeded.ShouldBeTrue();

    private static readonly ServiceProvider services = new ServiceCollection()
        .AddSingleton(Composition.Problems)
        .BuildServiceProvider();

    private static DefaultHttpContext Request(string peer, string forwarded, string? scheme)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        context.Request.Scheme = "http";
        context.Response.Body = new MemoryStream();
        if (forwarded.Length > 0)
            context.Request.Headers["X-Forwarded-For"] = forwarded;
        if (scheme is not null)
            context.Request.Headers["X-Forwarded-Proto"] = scheme;
        return context;
    }

    private static async Task<bool> PassesAsync(HttpContext context, HttpOptions options)
    {
        var passed = false;
        await new ClientAddress(Options.Create(options), NullLogger<ClientAddress>.Instance).ApplyAsync(
            context,
            _ =>
            {
                passed = true;
                return Task.CompletedTask;
            }
        );
        if (!passed)
            context.Response.StatusCode.ShouldBe(403);
        return passed;
    }
}

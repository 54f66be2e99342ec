using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.ServerKit.Cli;
using Hatcheck.ServerKit.SignIn;
using Microsoft.AspNetCore.Http;

namespace Hatcheck.Access.Tests.SignIn;

/// <summary>The addresses that an issuer may send the server to, and the operator's messages.</summary>
public sealed class IssuerAddressTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    private const string Allowed = "Outbound:AllowedNetworks";

    [Theory]
    [InlineData("127.0.0.2", "loopback")]
    [InlineData("[::ffff:127.0.0.2]", "loopback")]
    [InlineData("2130706434", "loopback")]
    [InlineData("169.254.169.254", "link-local")]
    public async Task A_key_set_in_a_network_that_is_not_declared_is_not_asked_and_only_the_log_says_why(string host, string kind)
    {
        using var inside = new TcpListener(IPAddress.Parse("127.0.0.2"), 0);
        inside.Start();
        // The issuer's own address is configured; addresses in its document are checked separately.
        await using var world = await SignInWorld.StartAsync(database, (Allowed, "127.0.0.1"));
        var keys = $"https://{host}:{((IPEndPoint)inside.LocalEndpoint).Port}/jwks";
        world.People.Discovery = new JsonObject { ["issuer"] = world.People.Url, ["jwks_uri"] = keys };
        using var client = world.Node.Client(world.Forge.Good());
        var told = await client.GetAsync("/me").ShouldFailAsync(503, ProblemCodes.IssuerAway);
        string[] words = [kind, "127.0.0.2", "169.254", Allowed];
        foreach (var word in words)
            $"{told.Title} {told.Detail}".ShouldNotContain(word);
        var log = world.Node.Log.ToString();
        log.ShouldContain($" is {kind}. If that network is yours, declare it in {Allowed} (Outbound__AllowedNetworks).");
        log.ShouldContain("The keys of the sign-in issuer people can't be fetched (an address is refused");
        inside.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task An_issuer_where_the_server_never_connects_stops_the_start_and_the_setting_is_named()
    {
        var start = SignInWorld.StartAsync(database, (Allowed, "10.0.0.0/8"));
        var message = (await Should.ThrowAsync<OperatorException>(() => start)).Message;
        message.ShouldContain("people is at 127.0.0.1, which is loopback");
        message.ShouldContain($"declare it in {Allowed} (Outbound__AllowedNetworks)");
    }

    [Theory]
    [InlineData("/.well-known/openid-configuration", "discovery document")]
    [InlineData("/jwks", "key set")]
    public async Task The_log_says_plainly_that_an_issuer_redirects_and_where_to(string path, string what)
    {
        await using var world = await SignInWorld.StartAsync(database);
        var discovery = $$"""{"issuer":"{{world.People.Url}}","jwks_uri":"{{world.People.Url}}/jwks"}""";
        world.People.Instead = context =>
        {
            if (context.Request.Path != path)
                return context.Response.WriteAsync(discovery);
            context.Response.Redirect("https://user:canary@moved.example/here?canary#canary");
            return Task.CompletedTask;
        };
        using var client = world.Node.Client(world.Forge.Good());
        await client.GetAsync("/me").ShouldFailAsync(503, ProblemCodes.IssuerAway);
        var log = world.Node.Log.ToString();
        log.ShouldContain($"people can't be fetched (the {what} is redirected to https://moved.example/here, and redirects");
        log.ShouldNotContain("canary");
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_not_asked()
    {
        await using var issuer = await FakeIssuer.StartAsync();
        await using var proxy = await FakeIssuer.StartAsync();
        var forge = new TokenForge(issuer.Url, SignInWorld.Audience, TimeProvider.System);
        issuer.Keys.Add(forge.PublicKey());
        await using var installation = new HatcheckProcess();
        (await installation.RunAsync("migrate")).ExitCode.ShouldBe(0);
        var tenant = (await installation.RunAsync("tenants", "add", "music")).Output.Trim();
        foreach (var name in new[] { "http_proxy", "HTTPS_PROXY", "ALL_PROXY" })
            installation.Environment[name] = proxy.Url;
        installation.Environment["NO_PROXY"] = "nothing.example";
        installation.Environment["Outbound__AllowedNetworks"] = "127.0.0.0/8";
        installation.Environment["SignIn__Issuers__0__Name"] = "people";
        installation.Environment["SignIn__Issuers__0__Authority"] = issuer.Url;
        installation.Environment["SignIn__Issuers__0__Audiences__0"] = SignInWorld.Audience;
        installation.Environment["SignIn__Issuers__0__Tenant"] = tenant;
        installation.Environment["SignIn__Issuers__0__For"] = "users";
        var server = await installation.ServeAsync();
        using var client = server.Client(forge.Good());
        ((int)(await client.GetAsync("/me")).StatusCode).ShouldBe(200, server.Error());
        issuer.Requests.Count.ShouldBe(2);
        proxy.Requests.ShouldBeEmpty();
    }
}

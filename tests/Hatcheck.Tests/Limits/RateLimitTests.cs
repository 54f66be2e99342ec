using System.Globalization;
using System.Net;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.Tests.Limits;

public sealed class RateLimitOnSqlite(OnSqlite database) : RateLimitTests(database), IClassFixture<OnSqlite>;

public sealed class RateLimitOnPostgres(OnPostgres database) : RateLimitTests(database), IClassFixture<OnPostgres>;

/// <summary>Rate limits from a caller's view.</summary>
public abstract class RateLimitTests(TestedDatabase database)
{
    [Fact]
    public async Task A_caller_over_its_limit_is_told_when_to_come_back_and_others_go_on()
    {
        var node = await StartAsync(("Limits:CallerPermits", "5"));
        var (tenant, other) = (await node.NewTenantAsync(), await node.NewTenantAsync());
        for (var i = 0; i < 5; i++)
            (await tenant.Http.GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var response = await tenant.Http.GetAsync("/tenant");
        await Task.FromResult(response).ShouldFailAsync(429, ProblemCodes.RateLimited);
        Header(response, "RateLimit-Policy").ShouldBe("\"address\";q=300000;w=3600, \"caller\";q=5;w=3600");
        Header(response, "RateLimit").ShouldStartWith("\"caller\";r=0;t=");
        var reset = int.Parse(Header(response, "RateLimit").Split("t=")[1], CultureInfo.InvariantCulture);
        reset.ShouldBeInRange(1, 3600);
        response.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeGreaterThanOrEqualTo(reset);
        (await other.Http.GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var second = await node.NewKeyAsync(tenant.Id, "second", Composition.Permissions.Names);
        (await node.Client(second.Key).GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_left_counts_down_in_the_answers()
    {
        var node = await StartAsync(("Limits:CallerPermits", "50"), ("Limits:AddressPermits", "0"));
        var tenant = await node.NewTenantAsync();
        var left = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            using var response = await tenant.Http.GetAsync("/tenant");
            Header(response, "RateLimit-Policy").ShouldBe("\"caller\";q=50;w=3600");
            left.Add(int.Parse(Header(response, "RateLimit").Split("r=")[1].Split(';')[0], CultureInfo.InvariantCulture));
        }

        left.ShouldBe(left.OrderDescending());
        left.Distinct().Count().ShouldBe(4);
    }

    [Fact]
    public async Task Requests_about_one_user_are_limited_apart_from_those_about_another()
    {
        var node = await StartAsync(("Limits:UserPermits", "3"));
        var (tenant, other) = (await node.NewTenantAsync(), await node.NewTenantAsync());
        var (mary, joan) = (await tenant.Http.ResolveAsync("4711"), await tenant.Http.ResolveAsync("4712"));
        for (var i = 0; i < 3; i++)
            (await tenant.Http.GetAsync($"/users/{mary.Id}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await tenant.Http.GetAsync($"/users/{mary.Id}/summary").ShouldFailAsync(429, ProblemCodes.RateLimited);
        (await tenant.Http.GetAsync($"/users/{joan.Id}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        // Another tenant neither sees the user, nor spends or sees that tenant's permits.
        for (var i = 0; i < 3; i++)
            await other.Http.GetAsync($"/users/{mary.Id}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
    }

    [Fact]
    public async Task A_person_neither_uses_up_another_ones_permits_nor_learns_how_many_are_left()
    {
        var node = await StartAsync(("Limits:UserPermits", "3"));
        var tenant = await node.NewTenantAsync();
        var (mary, joan) = (await tenant.Http.ResolveAsync("4711"), await tenant.Http.ResolveAsync("4712"));
        database.Settings["Limits:UserPermits"] = "3";
        var acting = await database.StartNodeAsync(ActingCallers.Add);
        using var person = acting.Client(ActingCallers.AsPerson(tenant.Id, joan.Id));
        for (var i = 0; i < 4; i++)
        {
            using var refused = await person.GetAsync($"/users/{mary.Id}");
            await Task.FromResult(refused).ShouldFailAsync(404, ProblemCodes.UserNotFound);
            Header(refused, "RateLimit-Policy").ShouldNotContain("\"user\"");
        }

        for (var i = 0; i < 3; i++)
            (await acting.Client(tenant.Key).GetAsync($"/users/{mary.Id}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await acting.Client(tenant.Key).GetAsync($"/users/{mary.Id}").ShouldFailAsync(429, ProblemCodes.RateLimited);
    }

    [Fact]
    public async Task An_address_is_limited_before_anybody_asks_who_it_is_but_health_checks_never_are()
    {
        var node = await StartAsync(("Limits:AddressPermits", "4"), ("Http:TrustedProxies", "127.0.0.1"));
        using var http = node.Client();
        async Task<HttpResponseMessage> FromAsync(string address, string path = "/openapi/v1.json")
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("X-Forwarded-For", address);
            return await http.SendAsync(request);
        }

        for (var i = 0; i < 4; i++)
            (await FromAsync("192.0.2.7")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await FromAsync("192.0.2.7").ShouldFailAsync(429, ProblemCodes.RateLimited);
        (await FromAsync("192.0.2.7", "/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await FromAsync("192.0.2.8")).StatusCode.ShouldBe(HttpStatusCode.OK);
        // One /64 is one client.
        for (var i = 0; i < 4; i++)
            (await FromAsync($"2001:db8:1:2::{i}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await FromAsync("2001:db8:1:2:ffff::1").ShouldFailAsync(429, ProblemCodes.RateLimited);
        (await FromAsync("2001:db8:1:3::1")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var behind = await database.OpenAsync();
        var rows = await behind.RowsAsync("select subject from rate_permits");
        rows.ShouldAllBe(row => row.Length == 32 && row.All(char.IsAsciiHexDigitLower));
    }

    [Fact]
    public async Task Two_nodes_share_a_callers_limit()
    {
        var nodes = new[] { await StartAsync(("Limits:CallerPermits", "15")), await StartAsync(("Limits:CallerPermits", "15")) };
        var tenant = await nodes[0].NewTenantAsync();
        var clients = nodes.Select(node => node.Client(tenant.Key)).ToList();
        var given = await Task.WhenAll(
            clients.Select(async client =>
            {
                var count = 0;
                while ((await client.GetAsync("/tenant")).IsSuccessStatusCode)
                    count++;
                return count;
            })
        );
        given.Sum().ShouldBe(15);
    }

    [Fact]
    public async Task Without_settings_no_bot_meets_a_limit_and_every_answer_tells_them()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        using var response = await tenant.Http.GetAsync($"/users/{user}");
        Header(response, "RateLimit-Policy").ShouldBe("\"address\";q=300000;w=60, \"caller\";q=60000;w=60, \"user\";q=3000;w=60");
        using var health = await tenant.Http.GetAsync("/health/live");
        health.Headers.Contains("RateLimit-Policy").ShouldBeFalse();
    }

    private static string Header(HttpResponseMessage response, string name) =>
        string.Join(", ", response.Headers.GetValues(name));

    private Task<Node> StartAsync(params (string Name, string Value)[] settings)
    {
        database.Settings["Limits:Window"] = "01:00:00";
        foreach (
            var name in (string[])["Limits:CallerPermits", "Limits:UserPermits", "Limits:AddressPermits", "Http:TrustedProxies"]
        )
            database.Settings.Remove(name);
        foreach (var (name, value) in settings)
            database.Settings[name] = value;
        return database.StartNodeAsync();
    }
}

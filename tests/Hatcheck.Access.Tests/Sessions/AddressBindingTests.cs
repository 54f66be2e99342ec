using System.Net;
using Hatcheck.Access.Sessions;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Sessions;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.Access.Tests.Sessions;

public sealed class AddressBindingOnSqlite(OnSqlite database) : AddressBindingTests(database), IClassFixture<OnSqlite>;

public sealed class AddressBindingOnPostgres(OnPostgres database) : AddressBindingTests(database), IClassFixture<OnPostgres>;

public abstract class AddressBindingTests(TestedDatabase database)
{
    [Theory]
    [InlineData("Strict", "192.0.2.7", "192.0.2.7", true)]
    [InlineData("Strict", "192.0.2.7", "192.0.2.8", false)]
    [InlineData("Strict", "2001:db8::7", "2001:db8:0::7", true)]
    [InlineData("Network", "192.0.2.7", "192.0.2.200", true)]
    [InlineData("Network", "192.0.2.7", "192.0.3.7", false)]
    [InlineData("Network", "2001:db8:1:2::7", "2001:db8:1:2:ffff::9", true)]
    [InlineData("Network", "2001:db8:1:2::7", "2001:db8:1:3::7", false)]
    [InlineData("Network", "192.0.2.7", "2001:db8::7", false)]
    [InlineData("Off", "192.0.2.7", "198.51.100.1", true)]
    public async Task A_session_opens_from_where_it_is_bound_to(string binding, string begun, string from, bool opens)
    {
        await using var node = await NodeAsync(binding);
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        using var service = node.Client(tenant.Key);
        var tokens = await service.SignInAsync(user, $$"""{"client_address":"{{begun}}"}""");
        (await node.StatusAsync(tokens.AccessToken, begun)).ShouldBe(200);
        (await node.StatusAsync(tokens.AccessToken, from)).ShouldBe(opens ? 200 : 401);
        using var refreshed = await node.RefreshAsync(tokens.RefreshToken, from);
        refreshed.StatusCode.ShouldBe(opens ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
        // The client from elsewhere has spent and ended nothing.
        if (!opens)
            (await node.RefreshAsync(tokens.RefreshToken, begun).ReadAsync<SessionTokens>()).SessionId.ShouldBe(tokens.SessionId);
        var stored =
            await database.ScalarAsync($"select address from sessions where lower(cast(user_id as text)) = '{user}'") as string;
        (stored ?? "").ShouldMatch(
            binding switch
            {
                "Strict" => "^s:[0-9a-f]{64}$",
                "Network" => "^n:[0-9a-f]{64}$",
                _ => "^$",
            }
        );
    }

    [Fact]
    public async Task A_client_that_names_another_address_itself_is_not_believed()
    {
        // The client's own peer is not a trusted proxy here.
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Sessions:PersonAddress"] = "Strict",
            ["Http:TrustedProxies"] = "10.0.0.0/8",
        };
        await using var node = await Node.StartAsync(settings);
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        using var service = node.Client(tenant.Key);
        var elsewhere = await service.SignInAsync(user, """{"client_address":"192.0.2.7"}""");
        (await node.StatusAsync(elsewhere.AccessToken, "192.0.2.7")).ShouldBe(401);
        await node.RefreshAsync(elsewhere.RefreshToken, "192.0.2.7").ShouldFailAsync(401, ProblemCodes.RefreshToken);
        var here = await service.SignInAsync(user, """{"client_address":"127.0.0.1"}""");
        (await node.StatusAsync(here.AccessToken, "192.0.2.7")).ShouldBe(200);
    }

    [Fact]
    public async Task A_session_that_was_begun_unbound_stays_so_and_two_sessions_of_one_address_do_not_show_it()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var unbound = await tenant.Http.SignInAsync(user, """{"client_address":"192.0.2.7"}""");
        await using var node = await NodeAsync("Strict");
        (await node.StatusAsync(unbound.AccessToken, "198.51.100.1")).ShouldBe(200);
        using var service = node.Client(tenant.Key);
        for (var i = 0; i < 2; i++)
            await service.SignInAsync(user, """{"client_address":"192.0.2.7"}""");
        (
            await database.ScalarAsync(
                $"select count(distinct address) from sessions where lower(cast(user_id as text)) = '{user}'"
            )
        ).ShouldBe(2L);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.0")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    public void A_network_is_a_24th_of_IPv4_and_a_64th_of_IPv6(string address, string network) =>
        BoundAddress.NetworkOf(IPAddress.Parse(address)).ShouldBe(IPAddress.Parse(network));

    [Theory]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("fe80::1%3", "fe80::1")]
    public void An_address_has_one_spelling(string address, string plain) =>
        BoundAddress.Plain(IPAddress.Parse(address)).ShouldBe(IPAddress.Parse(plain));

    private Task<Node> NodeAsync(string binding) =>
        Node.StartAsync(
            new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
            {
                ["Sessions:PersonAddress"] = binding,
                ["Http:TrustedProxies"] = "127.0.0.1",
            }
        );
}

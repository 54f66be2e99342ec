using Hatcheck.Contracts;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Sessions;
using Npgsql;

namespace Hatcheck.Access.Tests.Sessions;

/// <summary>
/// A session that ended on one node is refused on every other, whatever the network between them and the database does.
/// </summary>
public sealed class RevocationTests(OnPostgres database) : IClassFixture<OnPostgres>
{
    [Fact]
    public async Task Once_a_revocation_is_answered_no_node_answers_the_session_any_more()
    {
        var other = await database.StartNodeAsync();
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        for (var round = 0; round < 40; round++)
        {
            var tokens = await tenant.Http.SignInAsync(user);
            (await other.StatusAsync(tokens.AccessToken)).ShouldBe(200);
            (await tenant.Http.DeleteAsync($"/users/{user}/sessions/{tokens.SessionId}")).EnsureSuccessStatusCode();
            (await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => other.StatusAsync(tokens.AccessToken)))).ShouldAllBe(status =>
                status == 401
            );
        }
    }

    [Fact]
    public async Task A_node_that_is_cut_off_from_the_database_answers_503_and_never_200()
    {
        var app = new NpgsqlConnectionStringBuilder(database.Database.App);
        await using var proxy = new PostgresProxy(app.Host!, app.Port);
        (app.Host, app.Port, app.SslMode, app.GssEncryptionMode) = (
            "127.0.0.1",
            proxy.Port,
            SslMode.Disable,
            GssEncryptionMode.Disable
        );
        await using var far = await Node.StartAsync(
            new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
            {
                ["Database:ConnectionString"] = app.ConnectionString,
                ["Database:Timeout"] = "00:00:01",
            }
        );
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var tokens = await tenant.Http.SignInAsync(user);
        (await far.StatusAsync(tokens.AccessToken)).ShouldBe(200);
        // No data passes and the connections stay open: the far node learns nothing.
        proxy.FallSilent();
        (await tenant.Http.DeleteAsync($"/users/{user}/sessions/{tokens.SessionId}")).EnsureSuccessStatusCode();
        (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => far.StatusAsync(tokens.AccessToken)))).ShouldAllBe(status =>
            status == 503
        );
        proxy.SpeakAgain();
        int status;
        while ((status = await far.StatusAsync(tokens.AccessToken)) == 503)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        status.ShouldBe(401);
    }

    [Fact]
    public async Task A_refresh_whose_answer_the_database_connection_lost_is_made_good_by_the_node_itself()
    {
        await using var proxied = await OnProxiedPostgres.StartAsync();
        var tenant = await proxied.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var tokens = await tenant.Http.SignInAsync(user);
        proxied.Proxy.CutAfter("update sessions set previous_hash");
        var next = await proxied.Node.RefreshAsync(tokens.RefreshToken).ReadAsync<SessionTokens>();
        proxied.Proxy.HasCut.ShouldBeTrue();
        next = await proxied.Node.RefreshAsync(next.RefreshToken).ReadAsync<SessionTokens>();
        (await proxied.Node.StatusAsync(next.AccessToken)).ShouldBe(200);
        (await proxied.SessionsOfAsync(user)).ShouldBe(1);
    }
}

using System.Net;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.Tests.Faults;

/// <summary>The connection breaks after the server committed: the outcome is unknown, and nothing may happen twice.</summary>
public sealed class CutConnectionTests
{
    [Fact]
    public async Task A_lost_commit_is_a_503_and_the_repeat_with_the_same_key_stores_nothing_twice()
    {
        await using var database = await OnProxiedPostgres.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        database.Proxy.CutAfter("insert into usage_log");
        await AppendAsync("key").ShouldFailAsync(503, ProblemCodes.DatabaseUnavailable);
        database.Proxy.HasCut.ShouldBeTrue();
        (await StoredAsync()).ShouldBe(1, "the server had committed");

        var repeat = await AppendAsync("key");
        repeat.StatusCode.ShouldBe(HttpStatusCode.Created);
        repeat.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        (await StoredAsync()).ShouldBe(1);

        async Task<int> StoredAsync() => (await tenant.Http.GetAsync($"/users/{user}/usage").ReadAsync<UsagePage>()).Items.Count;

        Task<HttpResponseMessage> AppendAsync(string key)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, $"/users/{user}/usage")
            {
                Content = new StringContent("""{"action":"a"}""", System.Text.Encoding.UTF8, "application/json"),
            };
            request.Headers.Add("Idempotency-Key", key);
            return tenant.Http.SendAsync(request);
        }
    }

    [Fact]
    public async Task Without_a_key_the_repeat_stores_a_second_line_which_is_what_the_key_is_for()
    {
        await using var database = await OnProxiedPostgres.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        Task<HttpResponseMessage> AppendAsync() => tenant.Http.PostJsonAsync($"/users/{user}/usage", """{"action":"a"}""");
        database.Proxy.CutAfter("insert into usage_log");
        await AppendAsync().ShouldFailAsync(503, ProblemCodes.DatabaseUnavailable);
        await AppendAsync().ReadAsync<UsageEntry>(HttpStatusCode.Created);
        (await tenant.Http.GetAsync($"/users/{user}/usage").ReadAsync<UsagePage>()).Items.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_user_whose_making_was_not_heard_of_is_found_by_the_repeat()
    {
        await using var database = await OnProxiedPostgres.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        database.Proxy.CutAfter("insert into identities");
        await tenant
            .Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4711"}""")
            .ShouldFailAsync(503, ProblemCodes.DatabaseUnavailable);
        (await tenant.Http.ResolveAsync("4711")).Created.ShouldBeFalse();
        (await database.ScalarAsync("select count(*) from users where tenant_id = $1", tenant.Id)).ShouldBe(1L);
    }

    [Fact]
    public async Task A_transaction_whose_commit_was_not_heard_of_is_not_run_again()
    {
        await using var database = await OnProxiedPostgres.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        await tenant.Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4712"}""").ReadAsync<ResolvedUser>();
        // Compared with the end of the message too: BEGIN says READ COMMITTED.
        database.Proxy.CutAfter("COMMIT\0");
        await tenant.Http.DeleteAsync($"/users/{user}?confirm=true").ShouldFailAsync(503, ProblemCodes.DatabaseUnavailable);
        database.Proxy.HasCut.ShouldBeTrue();
        (
            await database.ScalarAsync(
                "select count(*) from audit_pending where tenant_id = $1 and act not like 'apikey.%'",
                tenant.Id
            )
        ).ShouldBe(1L);
        // The repeat finds that it is done.
        await tenant.Http.DeleteAsync($"/users/{user}?confirm=true").ShouldFailAsync(410, ProblemCodes.UserErased);
    }

    [Theory]
    [InlineData("from identities i", "/users/resolve")]
    [InlineData("from api_keys", "/users/resolve")]
    [InlineData("usage_log", "/export")]
    public async Task A_read_is_sent_again_over_another_connection(string statement, string path)
    {
        await using var database = await OnProxiedPostgres.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        // Fresh, so that statements still travel as text.
        await using var node = await Node.StartAsync(database.Settings);
        var http = node.Client(tenant.Key);
        database.Proxy.CutAfter(statement);
        if (path == "/export")
            await http.GetAsync($"/users/{user}/export").ReadAsync<UserExport>();
        else
            (await http.ResolveAsync("4711")).ShouldBe(new ResolvedUser(user, Created: false));
        database.Proxy.HasCut.ShouldBeTrue();
    }
}

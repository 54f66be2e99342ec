using Hatcheck.Contracts;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Storage;

namespace Hatcheck.Tests.Faults;

/// <summary>
/// With a slow or silent database callers get a 503: never a 500, never an endless wait.
/// </summary>
public sealed class SlowDatabaseTests
{
    [Fact]
    public async Task Statements_that_take_too_long_and_a_pool_that_is_used_up_are_503()
    {
        await using var database = await OnProxiedPostgres.StartAsync(
            ("Database:Timeout", "00:00:01"),
            ("Database:PoolSize", "3")
        );
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        await using (var other = await database.OpenAsync())
        {
            await other.ExecuteAsync("begin");
            await other.ExecuteAsync("lock table users, identities, usage_log in access exclusive mode");
            foreach (var response in await Task.WhenAll(Requests(tenant.Http, user).Select(send => send())))
                await RefusedAsync(response);
            await other.ExecuteAsync("rollback");
        }

        (await tenant.Http.ResolveAsync("4711")).Id.ShouldBe(user);
        (await tenant.Http.GetAsync($"/users/{user}/export").ReadAsync<UserExport>())
            .Sections["usage"]
            .ShouldBeEmpty("what was refused was not stored");
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_given_up_and_used_again_when_it_speaks()
    {
        await using var database = await OnProxiedPostgres.StartAsync(
            ("Database:Timeout", "00:00:01"),
            ("Database:PoolSize", "3")
        );
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        database.Proxy.FallSilent();
        foreach (var response in await Task.WhenAll(Requests(tenant.Http, user).Select(send => send())))
            await RefusedAsync(response);
        ((int)(await database.Node.Client().GetAsync("/health/ready")).StatusCode).ShouldBe(503);
        database.Proxy.SpeakAgain();
        (await tenant.Http.ResolveAsync("4711")).Id.ShouldBe(user);
        (await tenant.Http.GetAsync($"/users/{user}/export").ReadAsync<UserExport>()).Sections["identities"].Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_host_that_does_not_exist_is_an_unavailable_database()
    {
        await using var database = await OnProxiedPostgres.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        var settings = new Npgsql.NpgsqlConnectionStringBuilder(database.Settings["Database:ConnectionString"])
        {
            Host = "nowhere.invalid",
        };
        var options = Microsoft.Extensions.Options.Options.Create(
            new Platform.Storage.DatabaseOptions
            {
                Provider = "postgres",
                ConnectionString = settings.ConnectionString,
                AllowPlaintext = true,
                Timeout = TimeSpan.FromSeconds(1),
            }
        );
        await using var engine = new Platform.Storage.PostgresEngine(options);
        var fault = await Should.ThrowAsync<Exception>(() =>
            engine.QueryAsync(tenant.Id, "select 1 as one", [], row => row.Number("one"), default)
        );
        Platform.Storage.StorageFaults.Classify(fault).ShouldBe(Platform.Storage.StorageFault.Unavailable);
    }

    private static IEnumerable<Func<Task<HttpResponseMessage>>> Requests(HttpClient http, Guid user) =>
        Enumerable
            .Range(0, 3)
            .SelectMany(i =>
                new Func<Task<HttpResponseMessage>>[]
                {
                    () => http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4711"}"""),
                    () => http.PostJsonAsync("/users/resolve", $$"""{"channel":"telegram","id":"{{5000 + i}}"}"""),
                    () => http.PostJsonAsync($"/users/{user}/usage", """{"action":"a"}"""),
                    () => http.GetAsync($"/users/{user}/usage"),
                    () => http.GetAsync($"/users/{user}"),
                    () => http.GetAsync($"/users/{user}/export"),
                    () => http.PostJsonAsync($"/users/{user}/link-codes", ""),
                }
            );

    private static async Task RefusedAsync(HttpResponseMessage response)
    {
        response.Headers.RetryAfter.ShouldNotBeNull(
            $"{(int)response.StatusCode} of {response.RequestMessage!.Method} {response.RequestMessage.RequestUri}"
        );
        await Task.FromResult(response).ShouldFailAsync(503, ProblemCodes.DatabaseUnavailable);
    }
}

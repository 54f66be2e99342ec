using System.Data.Common;
using System.Net;
using Hatcheck.Contracts;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Storage;

/// <summary>SQLite as one writer, durable, patient.</summary>
public sealed class SqliteTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Every_connection_is_durable_in_WAL_mode_and_overwrites_what_it_deletes()
    {
        var services = database.Node.Services;
        var engine = services.GetRequiredService<IEngine>();
        await using var db = await services.GetRequiredService<IDbContextFactory<HatcheckDb>>().CreateDbContextAsync();
        await db.Database.OpenConnectionAsync();
        await using var raw = await engine.OpenAcrossTenantsAsync(default);
        foreach (var connection in new[] { raw, db.Database.GetDbConnection() })
        {
            (await connection.ScalarAsync("pragma journal_mode")).ShouldBe("wal");
            (await connection.ScalarAsync("pragma synchronous")).ShouldBe(2L);
            (await connection.ScalarAsync("pragma secure_delete")).ShouldBe(1L);
            (await connection.ScalarAsync("pragma foreign_keys")).ShouldBe(1L);
            (await connection.ScalarAsync("pragma busy_timeout")).ShouldBe(5000L);
        }
    }

    [Fact]
    public async Task Fifty_writers_and_readers_at_once_never_see_a_busy_database()
    {
        var tenant = await database.Node.NewTenantAsync();
        var shared = (await tenant.Http.ResolveAsync("1")).Id;
        async Task<int> WriteAsync(int writer)
        {
            var user = await tenant.Http.ResolveAsync($"{1000 + writer}");
            for (var i = 0; i < 3; i++)
                await tenant
                    .Http.PostJsonAsync($"/users/{shared}/usage", $$"""{"action":"w{{writer}}.{{i}}"}""")
                    .ReadAsync<UsageEntry>(HttpStatusCode.Created);
            var code = await tenant
                .Http.PostJsonAsync($"/users/{user.Id}/link-codes", "")
                .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
            (await tenant.Http.PostJsonAsync($"/users/{shared}/merge", $$"""{"code":"{{code.Code}}x"}""")).StatusCode.ShouldBe(
                HttpStatusCode.UnprocessableEntity
            );
            (await tenant.Http.DeleteAsync($"/users/{user.Id}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            return 3;
        }

        async Task<int> ReadAsync()
        {
            for (var i = 0; i < 4; i++)
            {
                await tenant.Http.GetAsync($"/users/{shared}/usage?limit=200").ReadAsync<UsagePage>();
                await tenant.Http.GetAsync($"/users/{shared}/export").ReadAsync<UserExport>();
            }

            return 0;
        }

        var written = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? WriteAsync(i) : ReadAsync()));
        (await tenant.Http.GetAsync($"/users/{shared}/usage?limit=200").ReadAsync<UsagePage>()).Items.Count.ShouldBe(
            written.Sum()
        );
    }

    [Fact]
    public async Task Another_process_that_writes_is_waited_for_and_one_that_does_not_stop_gets_callers_a_503()
    {
        await using var impatient = new OnSqlite();
        impatient.Settings["Database:Timeout"] = "00:00:01";
        await impatient.InitializeAsync();
        var tenant = await impatient.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("1")).Id;
        Task<HttpResponseMessage> AppendAsync() => tenant.Http.PostJsonAsync($"/users/{user}/usage", """{"action":"a"}""");

        await using var other = await LockAsync(impatient);
        var waiting = AppendAsync();
        await Task.Delay(200);
        waiting.IsCompleted.ShouldBeFalse();
        await other.ExecuteAsync("rollback");
        await waiting.ReadAsync<UsageEntry>(HttpStatusCode.Created);

        await other.ExecuteAsync("begin immediate");
        var refused = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => AppendAsync()).Append(tenant.Http.PostJsonAsync($"/users/{user}/link-codes", ""))
        );
        foreach (var response in refused)
        {
            response.Headers.RetryAfter.ShouldNotBeNull();
            await Task.FromResult(response).ShouldFailAsync(503, ProblemCodes.DatabaseUnavailable);
        }

        // Readers don't wait.
        (await tenant.Http.GetAsync($"/users/{user}/usage").ReadAsync<UsagePage>()).Items.Count.ShouldBe(1);
        await other.ExecuteAsync("rollback");
        await AppendAsync().ReadAsync<UsageEntry>(HttpStatusCode.Created);
    }

    private static async Task<DbConnection> LockAsync(TestedDatabase database)
    {
        var connection = await database.OpenAsync();
        await connection.ExecuteAsync("begin immediate");
        return connection;
    }
}

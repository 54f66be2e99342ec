using System.Net;
using Hatcheck.Contracts;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.ServerKit.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.People.Tests.Privacy;

public sealed class ErasureOnSqlite(OnSqlite database) : ErasureTests(database), IClassFixture<OnSqlite>;

public sealed class ErasureOnPostgres(OnPostgres database) : ErasureTests(database), IClassFixture<OnPostgres>;

public abstract class ErasureTests(TestedDatabase database)
{
    [Fact]
    public async Task Every_table_with_a_persons_id_is_declared_as_theirs_and_only_two_outlive_them()
    {
        var inventory = Composition.Tables.Where(table => table.Owner == TableOwner.Person).ToList();
        var query =
            database.Name == "sqlite"
                ? "select m.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' "
                    + "and c.name in ('user_id', 'merged_into', 'sealed_under')"
                : "select table_name from information_schema.columns "
                    + "where column_name in ('user_id', 'merged_into', 'sealed_under') "
                    + "and table_schema not in ('pg_catalog', 'information_schema')";
        await using var connection = await database
            .Node.Services.GetRequiredService<IEngine>()
            .OpenAcrossTenantsAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        var tables = new HashSet<string>(StringComparer.Ordinal);
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                tables.Add(reader.GetString(0));
        }

        tables.ShouldNotBeEmpty();
        tables.ShouldBe(inventory.Select(table => table.Name), ignoreOrder: true);
        inventory
            .Where(table => table.OutlivesBecause is not null)
            .Select(table => table.Name)
            .ShouldBe(["users", "audit_pending"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_person_is_told_what_is_kept_and_another_tenant_nothing()
    {
        var (tenant, user) = await NewUserAsync();
        var summary = await tenant.Http.GetAsync($"/users/{user}/summary").ReadAsync<UserSummary>();
        summary
            .Sections.Select(section => (section.Name, section.Count))
            .ShouldBe([
                ("sessions", 0),
                ("inbox_events", 0),
                ("identities", 1),
                ("usage", 2),
                ("preferences", 0),
                ("preference_changes", 0),
                ("profiles", 0),
            ]);
        summary.Sections.ShouldAllBe(section => section.Description.Length > 20);
        var export = await tenant.Http.GetAsync($"/users/{user}/export").ReadAsync<UserExport>();
        export.Format.ShouldBe("hatcheck-export/1");
        export.Sections.Keys.ShouldBe(summary.Sections.Select(section => section.Name));
        foreach (var section in summary.Sections)
            export.Sections[section.Name].Count.ShouldBe(section.Count);

        var other = await database.Node.NewTenantAsync();
        foreach (var path in new[] { "summary", "export" })
        {
            var theirs = await other.Http.GetAsync($"/users/{user}/{path}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
            var absent = await other
                .Http.GetAsync($"/users/{Guid.NewGuid()}/{path}")
                .ShouldFailAsync(404, ProblemCodes.UserNotFound);
            (theirs with { TraceId = null }).ShouldBe(absent with { TraceId = null });
        }
    }

    [Fact]
    public async Task An_erased_id_answers_410_everywhere_and_never_names_somebody_else()
    {
        var (tenant, user) = await NewUserAsync();
        await tenant.Http.PostJsonAsync($"/users/{user}/link-codes", "").ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        (await tenant.Http.DeleteAsync($"/users/{user}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        foreach (
            var sent in new[]
            {
                tenant.Http.GetAsync($"/users/{user}"),
                tenant.Http.GetAsync($"/users/{user}/usage"),
                tenant.Http.GetAsync($"/users/{user}/summary"),
                tenant.Http.GetAsync($"/users/{user}/export"),
                tenant.Http.DeleteAsync($"/users/{user}?confirm=true"),
                tenant.Http.DeleteAsync($"/users/{user}/identities/{Guid.NewGuid()}"),
                tenant.Http.PostJsonAsync($"/users/{user}/link-codes", ""),
                tenant.Http.PostJsonAsync($"/users/{user}/usage", """{"action":"a"}"""),
                tenant.Http.PostJsonAsync($"/users/{user}/merge", """{"code":"0123456789"}"""),
                tenant.Http.PostJsonAsync($"/users/{user}/identities", """{"channel":"telegram","id":"1"}"""),
            }
        )
        {
            await sent.ShouldFailAsync(410, ProblemCodes.UserErased);
        }

        await NothingIsLeftAsync(user);
        var successor = await tenant.Http.ResolveAsync("4711");
        (successor.Created, successor.Id == user).ShouldBe((true, false));
        (await tenant.Http.GetAsync($"/users/{successor.Id}/usage").ReadAsync<UsagePage>()).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_erasure_must_be_confirmed_and_another_tenant_cannot()
    {
        var (tenant, user) = await NewUserAsync();
        var other = await database.Node.NewTenantAsync();
        var before = await database.CountAsync();
        await tenant.Http.DeleteAsync($"/users/{user}?confirm=false").ShouldFailAsync(422, ProblemCodes.ConfirmationNeeded);
        (
            await tenant.Http.DeleteAsync($"/users/{user}?confirm=yes").ShouldFailAsync(400, ProblemCodes.Malformed)
        ).Errors!.Keys.ShouldBe(["confirm"]);
        await other.Http.DeleteAsync($"/users/{user}?confirm=true").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        (await database.CountAsync()).ShouldBe(before);
        (await tenant.Http.GetAsync($"/users/{user}")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_erasure_leaves_a_trace_that_names_the_key_and_the_random_id()
    {
        var (tenant, user) = await NewUserAsync();
        await tenant.Http.DeleteAsync($"/users/{user}?confirm=true");
        (await database.CountOfAsync("audit_pending", user)).ShouldBe(1);
        (
            await database.ScalarAsync(
                $"select count(*) from audit_pending where act = 'user.erase' and actor = 'key:{tenant.KeyId:N}'"
            )
        ).ShouldBe(1);
    }

    [Fact]
    public async Task Of_erasures_at_once_one_is_done_and_the_others_find_it_done()
    {
        var (tenant, user) = await NewUserAsync();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => tenant.Http.DeleteAsync($"/users/{user}?confirm=true"))
        );
        answers.Count(answer => answer.StatusCode == HttpStatusCode.NoContent).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Gone).ShouldBe(7);
    }

    [Fact]
    public async Task What_is_written_while_a_merged_person_is_erased_leaves_no_orphan()
    {
        var tenant = await database.Node.NewTenantAsync();
        var second = await database.StartNodeAsync();
        var clients = new[] { tenant.Http, second.Client(tenant.Key) };
        for (var round = 1; round <= 4; round++)
        {
            var (survivor, merged) = (
                (await tenant.Http.ResolveAsync($"{round}1")).Id,
                (await tenant.Http.ResolveAsync($"{round}2")).Id
            );
            var code = await tenant
                .Http.PostJsonAsync($"/users/{survivor}/link-codes", "")
                .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
            var merge = tenant.Http.PostJsonAsync($"/users/{merged}/merge", $$"""{"code":"{{code.Code}}"}""");
            var writes = Enumerable
                .Range(0, 24)
                .Select(i =>
                    (i % 4) switch
                    {
                        0 => clients[i % 2]
                            .PostJsonAsync(
                                $"/users/{survivor}/identities",
                                $$"""{"channel":"telegram","id":"{{round}}9{{i}}"}"""
                            ),
                        1 => clients[i % 2].PostJsonAsync($"/users/{merged}/link-codes", ""),
                        _ => AppendAsync(clients[i % 2], i % 3 == 0 ? survivor : merged, $"{round}-{i}"),
                    }
                )
                .ToList();
            (await merge).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await tenant.Http.DeleteAsync($"/users/{merged}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            foreach (var write in writes)
                ((int)(await write).StatusCode).ShouldBeOneOf(201, 410);
            await NothingIsLeftAsync(survivor);
            await NothingIsLeftAsync(merged);
        }
    }

    private async Task NothingIsLeftAsync(Guid user)
    {
        foreach (var table in new[] { "user_keys", "identities", "link_codes", "usage_log", "idempotency_keys" })
            (await database.CountOfAsync(table, user)).ShouldBe(0, table);
        (await database.CountOfAsync("users", user)).ShouldBe(1);
    }

    private async Task<(TestTenant Tenant, Guid User)> NewUserAsync()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        for (var i = 0; i < 2; i++)
            (await AppendAsync(tenant.Http, user, $"{i}")).StatusCode.ShouldBe(HttpStatusCode.Created);
        return (tenant, user);
    }

    private static Task<HttpResponseMessage> AppendAsync(HttpClient http, Guid user, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/users/{user}/usage")
        {
            Content = new StringContent("""{"action":"a"}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", key);
        return http.SendAsync(request);
    }
}

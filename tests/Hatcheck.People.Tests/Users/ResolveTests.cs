using System.Net;
using Hatcheck.Contracts;

namespace Hatcheck.People.Tests.Users;

public sealed class ResolveOnSqlite(OnSqlite database) : ResolveTests(database), IClassFixture<OnSqlite>;

public sealed class ResolveOnPostgres(OnPostgres database) : ResolveTests(database), IClassFixture<OnPostgres>;

public abstract class ResolveTests(TestedDatabase database)
{
    [Fact]
    public async Task A_person_is_made_once_and_found_again()
    {
        var tenant = await database.Node.NewTenantAsync();
        var first = await tenant.Http.ResolveAsync("4711");
        var again = await tenant.Http.ResolveAsync("4711");
        first.Created.ShouldBeTrue();
        again.ShouldBe(first with { Created = false });
    }

    [Fact]
    public async Task Another_tenant_sees_nothing_of_a_user()
    {
        var mine = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        var user = await mine.Http.ResolveAsync("4711");
        await other.Http.GetAsync($"/users/{user.Id}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
        (await other.Http.ResolveAsync("4711")).Id.ShouldNotBe(user.Id);
    }

    [Fact]
    public async Task A_hundred_callers_on_two_nodes_get_one_user()
    {
        var tenant = await database.Node.NewTenantAsync();
        var second = await database.StartNodeAsync();
        var clients = new[] { tenant.Http, second.Client(tenant.Key) };
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => clients[i % 2].ResolveAsync("99")));
        answers.Select(answer => answer.Id).Distinct().Count().ShouldBe(1);
        answers.Count(answer => answer.Created).ShouldBe(1);
    }

    [Fact]
    public async Task Everything_of_a_person_is_shown_merged_and_erased()
    {
        var tenant = await database.Node.NewTenantAsync();
        var phone = await tenant.Http.ResolveAsync("+491701234567", "whatsapp");
        var telegram = await tenant.Http.ResolveAsync("4711");
        (
            await tenant
                .Http.PostJsonAsync($"/users/{telegram.Id}/usage", """{"action":"command.start","attributes":{"lang":"de"}}""")
                .ReadAsync<UsageEntry>(HttpStatusCode.Created)
        ).Action.ShouldBe("command.start");
        var code = await tenant
            .Http.PostJsonAsync($"/users/{phone.Id}/link-codes", "")
            .ReadAsync<LinkCodeResponse>(HttpStatusCode.Created);
        var merged = await tenant
            .Http.PostJsonAsync($"/users/{telegram.Id}/merge", $$"""{"code":"{{code.Code}}"}""")
            .ReadAsync<UserResponse>();
        merged.Id.ShouldBe(phone.Id);
        merged.Identities.Count.ShouldBe(2);
        var export = await tenant.Http.GetAsync($"/users/{telegram.Id}/export").ReadAsync<UserExport>();
        export
            .Sections["identities"]
            .Select(entry => entry.GetProperty("id").GetString())
            .ShouldBe(["+491701234567", "4711"], ignoreOrder: true);
        export.Sections["usage"].Single().GetProperty("action").GetString().ShouldBe("command.start");
        (await tenant.Http.DeleteAsync($"/users/{phone.Id}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await tenant.Http.GetAsync($"/users/{telegram.Id}").ShouldFailAsync(410, ProblemCodes.UserErased);
        (await tenant.Http.ResolveAsync("4711")).Created.ShouldBeTrue();
    }
}

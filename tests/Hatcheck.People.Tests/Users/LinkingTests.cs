using System.Net;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Http;

namespace Hatcheck.People.Tests.Users;

public sealed class LinkingOnSqlite(OnSqlite database) : LinkingTests(database), IClassFixture<OnSqlite>;

public sealed class LinkingOnPostgres(OnPostgres database) : LinkingTests(database), IClassFixture<OnPostgres>;

public abstract class LinkingTests(TestedDatabase database)
{
    private const string Phone = """{"channel":"whatsapp","id":"+491701234567"}""";

    [Fact]
    public async Task A_linked_identity_leads_to_the_same_person()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("4711");
        var linked = await tenant
            .Http.PostJsonAsync($"/users/{user.Id}/identities", Phone)
            .ReadAsync<IdentityResponse>(HttpStatusCode.Created);
        (linked.Channel, linked.Kind, linked.BlindOnly).ShouldBe(("whatsapp", "phone", false));
        (await tenant.Http.ResolveAsync("+491701234567", "whatsapp")).ShouldBe(new ResolvedUser(user.Id, Created: false));
        (await tenant.Http.PostJsonAsync($"/users/{user.Id}/identities", Phone).ReadAsync<IdentityResponse>()).ShouldBe(linked);
        (await tenant.Http.GetAsync($"/users/{user.Id}").ReadAsync<UserResponse>())
            .Identities.Select(identity => identity.Channel)
            .ShouldBe(["telegram", "whatsapp"]);
    }

    [Fact]
    public async Task An_identity_of_somebody_else_is_not_taken_over()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("4711");
        var owner = await tenant.Http.ResolveAsync("+491701234567", "whatsapp");
        await tenant.Http.PostJsonAsync($"/users/{user.Id}/identities", Phone).ShouldFailAsync(409, ProblemCodes.IdentityTaken);
        (await tenant.Http.ResolveAsync("+491701234567", "whatsapp")).Id.ShouldBe(owner.Id);
    }

    [Fact]
    public async Task An_identity_that_was_unlinked_may_be_linked_again()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("4711");
        var linked = await tenant
            .Http.PostJsonAsync($"/users/{user.Id}/identities", Phone)
            .ReadAsync<IdentityResponse>(HttpStatusCode.Created);
        (await tenant.Http.DeleteAsync($"/users/{user.Id}/identities/{linked.Id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await tenant
            .Http.DeleteAsync($"/users/{user.Id}/identities/{linked.Id}")
            .ShouldFailAsync(404, ProblemCodes.IdentityNotFound);
        var again = await tenant
            .Http.PostJsonAsync($"/users/{user.Id}/identities", Phone)
            .ReadAsync<IdentityResponse>(HttpStatusCode.Created);
        again.Id.ShouldNotBe(linked.Id);
    }

    [Fact]
    public async Task The_last_identity_stays_also_when_two_are_removed_at_once()
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = await tenant.Http.ResolveAsync("4711");
        var second = await tenant
            .Http.PostJsonAsync($"/users/{user.Id}/identities", Phone)
            .ReadAsync<IdentityResponse>(HttpStatusCode.Created);
        var first = (await tenant.Http.GetAsync($"/users/{user.Id}").ReadAsync<UserResponse>()).Identities.Single(identity =>
            identity.Id != second.Id
        );
        var answers = await Task.WhenAll(
            new[] { first, second }.Select(identity => tenant.Http.DeleteAsync($"/users/{user.Id}/identities/{identity.Id}"))
        );
        answers
            .Select(answer => answer.StatusCode)
            .ShouldBe([HttpStatusCode.NoContent, HttpStatusCode.Conflict], ignoreOrder: true);
        var left = (await tenant.Http.GetAsync($"/users/{user.Id}").ReadAsync<UserResponse>()).Identities.Single();
        await tenant.Http.DeleteAsync($"/users/{user.Id}/identities/{left.Id}").ShouldFailAsync(409, ProblemCodes.IdentityLast);
    }

    [Fact]
    public async Task A_hundred_links_of_one_identity_on_two_nodes_make_one()
    {
        var tenant = await database.Node.NewTenantAsync();
        var second = await database.StartNodeAsync();
        var clients = new[] { tenant.Http, second.Client(tenant.Key) };
        var user = await tenant.Http.ResolveAsync("4711");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(i => clients[i % 2].PostJsonAsync($"/users/{user.Id}/identities", Phone))
        );
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(99);
        (await tenant.Http.GetAsync($"/users/{user.Id}").ReadAsync<UserResponse>()).Identities.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_identity_that_two_persons_claim_at_once_goes_to_one()
    {
        var tenant = await database.Node.NewTenantAsync();
        var users = new[] { await tenant.Http.ResolveAsync("1"), await tenant.Http.ResolveAsync("2") };
        var answers = await Task.WhenAll(users.Select(user => tenant.Http.PostJsonAsync($"/users/{user.Id}/identities", Phone)));
        answers
            .Select(answer => answer.StatusCode)
            .ShouldBe([HttpStatusCode.Created, HttpStatusCode.Conflict], ignoreOrder: true);
    }

    [Fact]
    public async Task Another_tenant_can_neither_read_link_nor_unlink()
    {
        var mine = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        var user = await mine.Http.ResolveAsync("4711");
        var identity = (await mine.Http.GetAsync($"/users/{user.Id}").ReadAsync<UserResponse>()).Identities.Single();
        var before = await database.CountAsync();
        foreach (var id in new[] { user.Id, Guid.NewGuid() })
        {
            await other.Http.GetAsync($"/users/{id}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
            await other.Http.PostJsonAsync($"/users/{id}/identities", Phone).ShouldFailAsync(404, ProblemCodes.UserNotFound);
            await other.Http.DeleteAsync($"/users/{id}/identities/{identity.Id}").ShouldFailAsync(404, ProblemCodes.UserNotFound);
            await other.Http.PostJsonAsync($"/users/{id}/link-codes", "").ShouldFailAsync(404, ProblemCodes.UserNotFound);
            await other
                .Http.PostJsonAsync($"/users/{id}/merge", """{"code":"0123456789"}""")
                .ShouldFailAsync(404, ProblemCodes.UserNotFound);
        }

        (await database.CountAsync()).ShouldBe(before);
    }
}

using System.Net;
using Hatcheck.Contracts;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Profiles;

namespace Hatcheck.People.Tests.Profiles;

public sealed class ProfileConcurrencyOnSqlite(OnSqlite database) : ConcurrencyTests(database), IClassFixture<OnSqlite>;

public sealed class ProfileConcurrencyOnPostgres(OnPostgres database) : ConcurrencyTests(database), IClassFixture<OnPostgres>;

/// <summary>Two nodes, many clients, one user or one address.</summary>
public abstract class ConcurrencyTests(TestedDatabase database)
{
    [Fact]
    public async Task Of_many_updates_with_the_same_entity_tag_exactly_one_wins()
    {
        var (tenant, clients) = await ClientsAsync();
        var user = await tenant.Http.CreateAsync("{}");
        for (var version = 1; version <= 5; version++)
        {
            var tag = $"\"{version}\"";
            var answers = await Task.WhenAll(
                Enumerable
                    .Range(0, 12)
                    .Select(async i =>
                    {
                        using var response = await (
                            i % 3 == 0
                                ? clients[i % 2].PutAsync(user.Id, $$"""{"display_name":"v{{version}} by {{i}}"}""", tag)
                                : clients[i % 2].PatchAsync(user.Id, $$"""{"display_name":"v{{version}} by {{i}}"}""", tag)
                        );
                        return (i, response.StatusCode);
                    })
            );
            var winner = answers.Where(answer => answer.StatusCode == HttpStatusCode.OK).ShouldHaveSingleItem();
            answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed).ShouldBe(11);
            var now = await tenant.Http.GetAsync(user.Id);
            (now.Version, now.DisplayName).ShouldBe((version + 1, $"v{version} by {winner.i}"));
        }
    }

    [Fact]
    public async Task Patches_of_different_fields_at_once_are_all_kept()
    {
        var (tenant, clients) = await ClientsAsync();
        var user = await tenant.Http.CreateAsync("{}");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(i => clients[i % 2].PatchAsync(user.Id, $$"""{"attributes":{"a{{i}}":"{{i}}"} }"""))
        );
        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
        var now = await tenant.Http.GetAsync(user.Id);
        (now.Version, now.Attributes!.Count).ShouldBe((17, 16));
    }

    [Fact]
    public async Task Of_many_who_want_one_address_at_once_one_gets_it()
    {
        var (tenant, clients) = await ClientsAsync();
        for (var round = 0; round < 4; round++)
        {
            var there = new List<Guid>();
            for (var i = 0; i < 6; i++)
                there.Add((await tenant.Http.CreateAsync("{}")).Id);
            var body = $$"""{"email":"{{(round % 2 == 0 ? "ada" : "ADA")}}{{round}}@example.org"}""";
            var answers = await Task.WhenAll(
                Enumerable
                    .Range(0, 12)
                    .Select(i => i < 6 ? clients[i % 2].PatchAsync(there[i], body) : clients[i % 2].PostJsonAsync("/users", body))
            );
            answers.Count(answer => answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created).ShouldBe(1);
            answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict).ShouldBe(11);
            (await tenant.Http.SearchAsync(body)).Count.ShouldBe(1);
        }

        // Another tenant may have the same address.
        var other = await database.Node.NewTenantAsync();
        (await other.Http.CreateAsync("""{"email":"ada0@example.org"}""")).Version.ShouldBe(1);
    }

    [Fact]
    public async Task What_meets_a_deletion_at_the_same_moment_is_done_before_it_or_told_of_it()
    {
        var (tenant, clients) = await ClientsAsync();
        for (var round = 1; round <= 4; round++)
        {
            var user = (await tenant.Http.ResolveAsync($"{round}")).Id;
            var writes = Enumerable
                .Range(0, 16)
                .Select(i =>
                    (i % 4) switch
                    {
                        0 => clients[i % 2].PatchAsync(user, $$"""{"attributes":{"a{{i}}":"1"} }"""),
                        1 => clients[i % 2].PostJsonAsync($"/users/{user}/usage", """{"action":"a"}"""),
                        2 => clients[i % 2]
                            .PostJsonAsync($"/users/{user}/identities", $$"""{"channel":"telegram","id":"{{round}}00{{i}}"}"""),
                        _ => clients[i % 2].PostJsonAsync("/users/resolve", $$"""{"channel":"telegram","id":"{{round}}"}"""),
                    }
                )
                .ToList();
            (await tenant.Http.DeleteAsync(user)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            var done = 0;
            foreach (var write in writes)
            {
                using var answer = await write;
                ((int)answer.StatusCode).ShouldBeOneOf(200, 201, 410);
                if (answer.StatusCode == HttpStatusCode.Gone)
                    await Task.FromResult(answer).ShouldFailAsync(410, ProblemCodes.UserDeleted);
                else if (
                    answer.StatusCode == HttpStatusCode.Created
                    && answer.RequestMessage!.RequestUri!.AbsolutePath.EndsWith("/usage", StringComparison.Ordinal)
                )
                    done++;
            }

            (await database.CountOfAsync("usage_log", user)).ShouldBe(done);
            (await tenant.Http.RestoreAsync(user).ReadAsync<UserResponse>()).DeletedAt.ShouldBeNull();
        }
    }

    private async Task<(TestTenant Tenant, HttpClient[] Clients)> ClientsAsync()
    {
        var tenant = await database.Node.NewTenantAsync();
        var second = await database.StartNodeAsync();
        return (tenant, [tenant.Http, second.Client(tenant.Key)]);
    }
}

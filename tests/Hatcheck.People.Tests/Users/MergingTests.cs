using System.Net;
using Hatcheck.Contracts;

namespace Hatcheck.People.Tests.Users;

public sealed class MergingOnSqlite(OnSqlite database) : MergingTests(database), IClassFixture<OnSqlite>;

public sealed class MergingOnPostgres(OnPostgres database) : MergingTests(database), IClassFixture<OnPostgres>;

public abstract class MergingTests(TestedDatabase database)
{
    [Fact]
    public async Task A_code_merges_once()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged, stranger) = (
            await tenant.Http.ResolveAsync("1"),
            await tenant.Http.ResolveAsync("2"),
            await tenant.Http.ResolveAsync("3")
        );
        var code = await CodeAsync(tenant, survivor.Id);
        (await MergeAsync(tenant, merged.Id, code.ToLowerInvariant()).ReadAsync<UserResponse>()).Id.ShouldBe(survivor.Id);
        await MergeAsync(tenant, stranger.Id, code).ShouldFailAsync(422, ProblemCodes.LinkCode);
        (await tenant.Http.ResolveAsync("3")).Id.ShouldBe(stranger.Id);
    }

    [Fact]
    public async Task A_merge_whose_answer_was_lost_may_be_repeated()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = (await tenant.Http.ResolveAsync("1"), await tenant.Http.ResolveAsync("2"));
        var code = await CodeAsync(tenant, survivor.Id);
        var first = await MergeAsync(tenant, merged.Id, code).ReadAsync<UserResponse>();
        var again = await MergeAsync(tenant, merged.Id, code).ReadAsync<UserResponse>();
        (again.Id, again.Identities.Count).ShouldBe((first.Id, 2));
        await MergeAsync(tenant, survivor.Id, code).ShouldFailAsync(422, ProblemCodes.LinkCode);
    }

    [Fact]
    public async Task A_code_is_dead_after_ten_minutes_and_when_a_newer_one_is_made()
    {
        var time = new PassingTime(database);
        var node = await time.StartNodeAsync();
        var tenant = await node.NewTenantAsync();
        var (survivor, merged) = (await tenant.Http.ResolveAsync("1"), await tenant.Http.ResolveAsync("2"));
        var old = await CodeAsync(tenant, survivor.Id);
        await time.PassAsync(TimeSpan.FromMinutes(10), "link_codes.expires_at");
        await MergeAsync(tenant, merged.Id, old).ShouldFailAsync(422, ProblemCodes.LinkCode);
        var replaced = await CodeAsync(tenant, survivor.Id);
        var newest = await CodeAsync(tenant, survivor.Id);
        await MergeAsync(tenant, merged.Id, replaced).ShouldFailAsync(422, ProblemCodes.LinkCode);
        await time.PassAsync(TimeSpan.FromMinutes(10) - time.Moment, "link_codes.expires_at");
        (await MergeAsync(tenant, merged.Id, newest).ReadAsync<UserResponse>()).Id.ShouldBe(survivor.Id);
    }

    [Fact]
    public async Task Neither_ones_own_code_nor_another_tenants_nor_a_guess_merges()
    {
        var mine = await database.Node.NewTenantAsync();
        var other = await database.Node.NewTenantAsync();
        var user = await mine.Http.ResolveAsync("1");
        var theirs = await other.Http.ResolveAsync("1");
        await MergeAsync(mine, user.Id, await CodeAsync(mine, user.Id)).ShouldFailAsync(422, ProblemCodes.LinkCode);
        await MergeAsync(mine, user.Id, await CodeAsync(other, theirs.Id)).ShouldFailAsync(422, ProblemCodes.LinkCode);
        await MergeAsync(mine, user.Id, "0123456789").ShouldFailAsync(422, ProblemCodes.LinkCode);
        (await mine.Http.GetAsync($"/users/{user.Id}").ReadAsync<UserResponse>()).MergedInto.ShouldBeNull();
    }

    [Fact]
    public async Task A_chain_of_merges_ends_in_one_person_whom_every_id_reaches()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (a, b, c) = (
            await tenant.Http.ResolveAsync("1"),
            await tenant.Http.ResolveAsync("2"),
            await tenant.Http.ResolveAsync("3")
        );
        foreach (var user in new[] { a, b, c })
            await AppendAsync(tenant, user.Id, "before");
        await MergeAsync(tenant, a.Id, await CodeAsync(tenant, b.Id)).ReadAsync<UserResponse>();
        await MergeAsync(tenant, b.Id, await CodeAsync(tenant, c.Id)).ReadAsync<UserResponse>();
        foreach (var user in new[] { a, b, c })
        {
            var seen = await tenant.Http.GetAsync($"/users/{user.Id}").ReadAsync<UserResponse>();
            seen.Identities.Count.ShouldBe(3);
            seen.MergedInto.ShouldBe(user.Id == c.Id ? null : c.Id);
            await AppendAsync(tenant, user.Id, "after");
        }

        (await tenant.Http.ResolveAsync("1")).ShouldBe(new ResolvedUser(c.Id, Created: false));
        (await tenant.Http.GetAsync($"/users/{a.Id}/usage").ReadAsync<UsagePage>()).Items.Count.ShouldBe(6);
        var export = await tenant.Http.GetAsync($"/users/{b.Id}/export").ReadAsync<UserExport>();
        export.UserId.ShouldBe(c.Id);
        export
            .Sections["identities"]
            .Select(entry => entry.GetProperty("id").GetString())
            .ShouldBe(["1", "2", "3"], ignoreOrder: true);
        export.Sections["usage"].Count.ShouldBe(6);
        (await tenant.Http.DeleteAsync($"/users/{a.Id}?confirm=true")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        foreach (var user in new[] { a, b, c })
            await tenant.Http.GetAsync($"/users/{user.Id}").ShouldFailAsync(410, ProblemCodes.UserErased);
    }

    [Fact]
    public async Task Of_two_opposite_merges_at_once_one_is_done()
    {
        var tenant = await database.Node.NewTenantAsync();
        for (var round = 0; round < 5; round++)
        {
            var (a, b) = (
                await tenant.Http.ResolveAsync($"{round}1".TrimStart('0')),
                await tenant.Http.ResolveAsync($"{round}2".TrimStart('0'))
            );
            var (codeOfA, codeOfB) = (await CodeAsync(tenant, a.Id), await CodeAsync(tenant, b.Id));
            var answers = await Task.WhenAll(MergeAsync(tenant, a.Id, codeOfB), MergeAsync(tenant, b.Id, codeOfA));
            answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(1);
            answers.Count(answer => answer.StatusCode == HttpStatusCode.UnprocessableEntity).ShouldBe(1);
            var seen = await tenant.Http.GetAsync($"/users/{a.Id}").ReadAsync<UserResponse>();
            seen.Identities.Count.ShouldBe(2);
            (await tenant.Http.GetAsync($"/users/{b.Id}").ReadAsync<UserResponse>()).Identities.ShouldBe(seen.Identities);
        }
    }

    [Fact]
    public async Task One_code_brought_by_many_at_once_merges_one_of_them()
    {
        var tenant = await database.Node.NewTenantAsync();
        var survivor = await tenant.Http.ResolveAsync("1");
        var others = await Task.WhenAll(Enumerable.Range(2, 10).Select(i => tenant.Http.ResolveAsync($"{i}")));
        var code = await CodeAsync(tenant, survivor.Id);
        var answers = await Task.WhenAll(others.Select(user => MergeAsync(tenant, user.Id, code)));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        (await tenant.Http.GetAsync($"/users/{survivor.Id}").ReadAsync<UserResponse>()).Identities.Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_meets_a_merge_at_the_same_moment_is_done_to_the_survivor_and_never_reads_as_an_erasure()
    {
        var tenant = await database.Node.NewTenantAsync();
        for (var round = 1; round <= 5; round++)
        {
            var (survivor, merged) = (await tenant.Http.ResolveAsync($"{round}1"), await tenant.Http.ResolveAsync($"{round}2"));
            var code = await CodeAsync(tenant, survivor.Id);
            var merge = MergeAsync(tenant, merged.Id, code);
            var others = Enumerable
                .Range(0, 6)
                .Select(i =>
                    (i % 3) switch
                    {
                        0 => tenant.Http.PostJsonAsync(
                            $"/users/{merged.Id}/identities",
                            $$"""{"channel":"telegram","id":"{{round}}9{{i}}"}"""
                        ),
                        1 => tenant.Http.PostJsonAsync($"/users/{merged.Id}/usage", """{"action":"at.once"}"""),
                        _ => tenant.Http.GetAsync($"/users/{merged.Id}/export"),
                    }
                )
                .ToList();
            (await merge).StatusCode.ShouldBe(HttpStatusCode.OK);
            foreach (var other in others)
                ((int)(await other).StatusCode).ShouldBeOneOf(200, 201);
            (await tenant.Http.GetAsync($"/users/{merged.Id}").ReadAsync<UserResponse>()).Identities.Count.ShouldBe(4);
            (await tenant.Http.GetAsync($"/users/{survivor.Id}/usage").ReadAsync<UsagePage>()).Items.Count.ShouldBe(2);
        }
    }

    private static async Task<string> CodeAsync(TestTenant tenant, Guid user) =>
        (
            await tenant.Http.PostJsonAsync($"/users/{user}/link-codes", "").ReadAsync<LinkCodeResponse>(HttpStatusCode.Created)
        ).Code;

    private static Task<HttpResponseMessage> MergeAsync(TestTenant tenant, Guid user, string code) =>
        tenant.Http.PostJsonAsync($"/users/{user}/merge", $$"""{"code":"{{code}}"}""");

    private static Task<UsageEntry> AppendAsync(TestTenant tenant, Guid user, string action) =>
        tenant
            .Http.PostJsonAsync($"/users/{user}/usage", $$"""{"action":"{{action}}"}""")
            .ReadAsync<UsageEntry>(HttpStatusCode.Created);
}

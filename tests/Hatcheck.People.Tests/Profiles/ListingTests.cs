using Hatcheck.Contracts;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.People.Tests.Profiles;

public sealed class ListingOnSqlite(OnSqlite database) : ListingTests(database), IClassFixture<OnSqlite>;

public sealed class ListingOnPostgres(OnPostgres database) : ListingTests(database), IClassFixture<OnPostgres>;

public abstract class ListingTests(TestedDatabase database)
{
    [Fact]
    public async Task Pages_give_everybody_once_newest_first_also_while_somebody_is_added()
    {
        var time = new ManualTime();
        var node = await database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(time));
        var tenant = await node.NewTenantAsync();
        var made = new List<Guid>();
        for (var i = 0; i < 11; i++)
        {
            // Some at the same instant: the id decides.
            if (i % 3 == 0)
                time.Advance(TimeSpan.FromSeconds(1));
            made.Add(
                i % 2 == 0
                    ? (await tenant.Http.CreateAsync($$"""{"first_name":"n{{i}}"}""")).Id
                    : (await tenant.Http.ResolveAsync($"{i}")).Id
            );
        }

        var seen = new List<UserResponse>();
        string? cursor = null;
        do
        {
            var page = await tenant
                .Http.GetAsync($"/users?limit=4{(cursor is null ? "" : $"&cursor={cursor}")}")
                .ReadAsync<UserPage>();
            page.Items.Count.ShouldBeLessThanOrEqualTo(4);
            seen.AddRange(page.Items);
            if (cursor is null)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await tenant.Http.CreateAsync("{}");
            }

            cursor = page.NextCursor;
        } while (cursor is not null);
        seen.Select(user => user.Id).ShouldBe(made, ignoreOrder: true);
        seen.Select(user => user.CreatedAt).ShouldBeInOrder(SortDirection.Descending);
        seen.Single(user => user.Id == made[4]).FirstName.ShouldBe("n4");
        seen.Single(user => user.Id == made[3]).Identities.Count.ShouldBe(1);
        seen.Select(user => (user.Id, user.Version)).ShouldBe(seen.Select(user => (user.Id, 1)));

        var other = await node.NewTenantAsync();
        (await other.Http.GetAsync("/users").ReadAsync<UserPage>()).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Deleted_and_merged_people_are_left_out_and_deleted_ones_have_a_list_of_their_own()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (survivor, merged) = ((await tenant.Http.ResolveAsync("1")).Id, (await tenant.Http.ResolveAsync("2")).Id);
        await tenant.Http.MergeAsync(merged, survivor);
        var (first, second, erased) = (
            await tenant.Http.CreateAsync("{}"),
            await tenant.Http.CreateAsync("""{"first_name":"Ada"}"""),
            await tenant.Http.CreateAsync("{}")
        );
        foreach (var user in new[] { first, second, erased })
            (await tenant.Http.DeleteAsync(user.Id)).EnsureSuccessStatusCode();
        (await tenant.Http.DeleteAsync($"/users/{erased.Id}?confirm=true")).EnsureSuccessStatusCode();
        (await tenant.Http.GetAsync("/users").ReadAsync<UserPage>()).Items.Select(user => user.Id).ShouldBe([survivor]);
        var page = await tenant.Http.GetAsync("/users?deleted=true&limit=1").ReadAsync<UserPage>();
        (page.Items.Single().Id, page.Items[0].FirstName, page.Items[0].DeletedAt is null).ShouldBe((second.Id, "Ada", false));
        var next = await tenant.Http.GetAsync($"/users?deleted=true&limit=1&cursor={page.NextCursor}").ReadAsync<UserPage>();
        (next.Items.Single().Id, next.NextCursor).ShouldBe((first.Id, null));
    }

    [Theory]
    [InlineData("limit=0", 422, "limit")]
    [InlineData("limit=201", 422, "limit")]
    [InlineData("limit=ten", 400, "limit")]
    [InlineData("cursor=ada@example.org", 422, "cursor")]
    [InlineData("deleted=perhaps", 400, "deleted")]
    public async Task A_list_is_asked_for_within_bounds(string query, int status, string field)
    {
        var tenant = await database.Node.NewTenantAsync();
        (
            await tenant
                .Http.GetAsync($"/users?{query}")
                .ShouldFailAsync(status, status == 400 ? ProblemCodes.Malformed : ProblemCodes.Invalid)
        ).Errors!.Keys.ShouldBe([field]);
    }

    [Fact]
    public async Task Several_people_may_share_a_number_and_are_found_oldest_first()
    {
        var tenant = await database.Node.NewTenantAsync();
        var family = new List<Guid>();
        for (var i = 0; i < 3; i++)
            family.Add((await tenant.Http.CreateAsync("""{"phone":"+491701234567"}""")).Id);
        (await tenant.Http.SearchAsync("""{"phone":"+49-170-1234567"}""")).ShouldBe(family);
        (await (await database.Node.NewTenantAsync()).Http.SearchAsync("""{"phone":"+491701234567"}""")).ShouldBeEmpty();
    }
}

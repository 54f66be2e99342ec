using System.Net;
using Hatcheck.Access.Sessions;
using Hatcheck.Contracts;
using Hatcheck.People.Privacy;
using Hatcheck.People.Profiles;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Keys;
using Hatcheck.ServerKit.Http;
using Hatcheck.ServerKit.Profiles;
using Hatcheck.ServerKit.Rotation;
using Hatcheck.ServerKit.Webhooks;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Faults;

/// <summary>
/// A second node with a wrong date on the database of a good one. It refuses housekeeping; here the test forces it, and
/// expiry follows the database's clock.
/// </summary>
public sealed class WrongDateTests(OnPostgres database) : IClassFixture<OnPostgres>
{
    private const int Ahead = 31;

    [Fact]
    public async Task Nine_days_ahead_a_node_destroys_no_waiting_webhook_and_the_right_node_works_it()
    {
        var (mine, other, taker) = await database.StartClerkAsync(("Inbox:Work", "false"));
        using var http = taker.Client();
        await new ClerkSender(http, InboxLook.Mine).GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        var skewed = await SkewedAsync(9);
        (await skewed.Services.GetRequiredService<InboxCleaning>().RunAsync(JobRun.PerNode, mine.Id, default)).ShouldBe(0);
        (await skewed.Services.GetRequiredService<DayKeys>().TodayAsync(mine.Id, default)).Day.ShouldBe(
            DayKeys.DayOf(DateTimeOffset.UtcNow)
        );
        (await database.CountAsync("day_keys", mine.Id)).ShouldBe(1);
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(1);

        await database.StartClerkNodeAsync(mine, other);
        await database.DrainedAsync(mine.Id);
        (await database.CountAsync("inbox", mine.Id)).ShouldBe(0);
        (await mine.Http.FindAsync("user_1@example.org")).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_month_ahead_a_node_purges_nobody_and_restores_who_was_just_deleted()
    {
        var tenant = await database.Node.NewTenantAsync();
        var id = (await tenant.Http.CreateAsync("""{"email":"ada@example.org"}""")).Id;
        (await Requests.DeleteAsync(tenant.Http, id)).EnsureSuccessStatusCode();
        var skewed = await SkewedAsync(Ahead);
        (await skewed.Services.GetRequiredService<RetentionPurge>().DueAsync(default)).ShouldNotContain(due => due.User == id);
        var erasure = skewed.Services.GetRequiredService<Erasure>();
        (
            await erasure.PurgeAsync(JobRun.PerNode, tenant.Id, id, TimeSpan.FromDays(30), Actor.Job("purge"), default)
        ).ShouldBeFalse();
        (await skewed.Client(tenant.Key).RestoreAsync(id).ReadAsync<UserResponse>()).Email.ShouldBe("ada@example.org");
    }

    [Fact]
    public async Task A_month_behind_a_node_deletes_nobody_into_a_grace_period_that_is_over()
    {
        var tenant = await database.Node.NewTenantAsync();
        var id = (await tenant.Http.ResolveAsync("1")).Id;
        var skewed = await SkewedAsync(-Ahead);
        (await Requests.DeleteAsync(skewed.Client(tenant.Key), id)).EnsureSuccessStatusCode();
        var purge = database.Node.Services.GetRequiredService<RetentionPurge>();
        (await purge.DueAsync(default)).ShouldNotContain(due => due.User == id);
        (await tenant.Http.RestoreAsync(id)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_purge_verb_is_refused_and_says_both_times()
    {
        var skewed = await SkewedAsync(Ahead);
        var refused = await skewed.VerbAsync("users", "purge");
        refused.ExitCode.ShouldBe(1);
        refused.Error.ShouldContain("seconds off");
        (await database.Node.VerbAsync("users", "purge")).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData(Ahead)]
    [InlineData(-Ahead)]
    public async Task Link_codes_and_keys_live_as_long_as_by_the_databases_clock(int days)
    {
        var tenant = await database.Node.NewTenantAsync();
        var skewed = await SkewedAsync(days);
        using var there = skewed.Client(tenant.Key);
        var (survivor, merged) = ((await tenant.Http.ResolveAsync("1")).Id, (await tenant.Http.ResolveAsync("2")).Id);
        async Task<string> CodeAsync(HttpClient http) =>
            (
                await http.PostJsonAsync($"/users/{survivor}/link-codes", "").ReadAsync<LinkCodeResponse>(HttpStatusCode.Created)
            ).Code;
        Task<HttpResponseMessage> MergeAsync(HttpClient http, string code) =>
            http.PostJsonAsync($"/users/{merged}/merge", $$"""{"code":"{{code}}"}""");

        var old = await CodeAsync(tenant.Http);
        await database.AgeAsync("link_codes.expires_at", TimeSpan.FromMinutes(10));
        await MergeAsync(there, old).ShouldFailAsync(422, ProblemCodes.LinkCode);
        (await MergeAsync(tenant.Http, await CodeAsync(there)).ReadAsync<UserResponse>()).Id.ShouldBe(survivor);

        var key = (await skewed.NewKeyAsync(tenant.Id, "short", Composition.Permissions.Names, TimeSpan.FromHours(1))).Key;
        foreach (var node in new[] { skewed, database.Node })
            (await node.Client(key).GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await database.AgeAsync("api_keys.expires_at", TimeSpan.FromHours(1));
        foreach (var node in new[] { skewed, database.Node })
            await node.Client(key).GetAsync("/tenant").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    [Theory]
    [InlineData(Ahead)]
    [InlineData(-Ahead)]
    public async Task Access_tokens_count_on_both_nodes(int days)
    {
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("1")).Id;
        var skewed = await SkewedAsync(days);
        foreach (var issuer in new[] { database.Node, skewed })
        {
            var wanted = new NewSession(
                tenant.Id,
                SessionRow.Person,
                user,
                Actor.Operator(1000),
                new SessionContent("service", null, null),
                Address: null
            );
            var tokens = (await issuer.Services.GetRequiredService<SessionStart>().BeginAsync(wanted, default)).OrThrow();
            foreach (var node in new[] { database.Node, skewed })
                (await node.Client(tokens.AccessToken).GetAsync("/me")).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    private Task<Node> SkewedAsync(int days)
    {
        var wrong = new ManualTime(DateTimeOffset.UtcNow.AddDays(days));
        return database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(wrong));
    }
}

using System.Net;
using Hatcheck.Access;
using Hatcheck.Contracts;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Limits;
using Hatcheck.ServerKit.SignIn;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Limits;

public sealed class FailedSignInOnSqlite(OnSqlite database) : FailedSignInTests(database), IClassFixture<OnSqlite>;

public sealed class FailedSignInOnPostgres(OnPostgres database) : FailedSignInTests(database), IClassFixture<OnPostgres>;

/// <summary>A caller who guesses keys waits longer and longer; one with a good key does not.</summary>
public abstract class FailedSignInTests(TestedDatabase database)
{
    private readonly ManualTime time = new();

    [Fact]
    public async Task Each_failure_after_the_free_ones_doubles_the_wait_and_nothing_is_looked_at_until_then()
    {
        var node = await StartAsync();
        var tenant = await node.NewTenantAsync();
        for (var i = 0; i < 3; i++)
            await GuessAsync(node, tenant).ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        foreach (var seconds in new[] { 1, 2, 4, 8, 16 })
        {
            using var refused = await GuessAsync(node, tenant);
            await Task.FromResult(refused).ShouldFailAsync(429, ProblemCodes.TooManyFailures);
            refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(seconds));
            // A missing path is no second way to try keys, and even a good key that was never seen is not checked.
            await GuessAsync(node, tenant, "/no/such/place").ShouldFailAsync(429, ProblemCodes.TooManyFailures);
            await node.Client(tenant.Key).GetAsync("/tenant").ShouldFailAsync(429, ProblemCodes.TooManyFailures);
            time.Advance(TimeSpan.FromSeconds(seconds));
            await GuessAsync(node, tenant).ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        }

        // The longest delay of this test.
        using var longest = await GuessAsync(node, tenant);
        longest.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromHours(2));
        for (var i = 0; i < 3; i++)
            await GuessAsync(node, tenant).ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task A_bot_whose_key_was_good_goes_on_behind_the_same_address_and_health_and_pages_answer()
    {
        var node = await StartAsync();
        var tenant = await node.NewTenantAsync();
        (await tenant.Http.GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
        for (var i = 0; i < 3; i++)
            await GuessAsync(node, tenant);
        await GuessAsync(node, tenant).ShouldFailAsync(429, ProblemCodes.TooManyFailures);
        (await tenant.Http.GetAsync("/tenant")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await node.Client().GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await node.Client().GetAsync("/openapi/v1.json")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await node.Client().GetAsync("/tenant").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        // A key that was good once may be revoked: it passes to be checked.
        await node
            .Services.GetRequiredService<ApiKeys>()
            .RevokeAsync(Grantor.Operator(tenant.Id, Actor.Operator(1000)), tenant.KeyId, default);
        await tenant.Http.GetAsync("/tenant").ShouldFailAsync(401, ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task Guessing_is_alerted_by_log_audit_and_counter_under_a_name_that_is_not_the_address()
    {
        var node = await StartAsync();
        var tenant = await node.NewTenantAsync();
        for (var i = 0; i < 3; i++)
            await GuessAsync(node, tenant);
        await node.Services.GetRequiredService<SecurityEvents>().Recording;
        node.Log.ToString().ShouldContain("\"event\":\"SignInFailedOften\"");
        await using var behind = await database.OpenAsync();
        var entries = await behind.RowsAsync("select actor, subject from audit_pending where act = 'auth.failed_often'");
        entries.ShouldNotBeEmpty();
        entries.ShouldAllBe(entry =>
            System.Text.RegularExpressions.Regex.IsMatch(entry, "^address:[0-9a-f]{32}\\|failures:[0-9]+$")
        );
        node.Log.ToString().ShouldNotContain("127.0.0.1");
    }

    [Fact]
    public async Task An_expired_token_and_one_that_nobody_can_check_are_no_guesses_and_a_forged_one_is()
    {
        await using var world = await SignInWorld.StartAsync(database, ("Limits:FreeFailures", "3"));
        Task<HttpResponseMessage> WithAsync(string token) => world.Node.Client(token).GetAsync("/me");
        var stale = world.Forge.Good();
        world.People.Instead = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        for (var i = 0; i < 4; i++)
            await WithAsync(stale).ShouldFailAsync(503, ProblemCodes.IssuerAway);
        world.People.Instead = null;
        world.Time.Advance(TimeSpan.FromMinutes(10));
        for (var i = 0; i < 4; i++)
            await WithAsync(stale).ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        (await WithAsync(world.Forge.Good("neighbour"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        for (var i = 0; i < 3; i++)
            await WithAsync(
                    world.Forge.RsaSigned(
                        world.Forge.Header().ToJsonString(),
                        world.Forge.Payload().ToJsonString(),
                        world.OthersForge.Rsa
                    )
                )
                .ShouldFailAsync(401, ProblemCodes.Unauthenticated);
        await WithAsync(world.Forge.Good("another")).ShouldFailAsync(429, ProblemCodes.TooManyFailures);
    }

    [Fact]
    public async Task Memory_is_bounded_however_many_addresses_fail()
    {
        var node = await StartAsync();
        var failed = node.Services.GetRequiredService<FailedSignIns>();
        var random = new Random(7);
        var bytes = new byte[16];
        for (var i = 0; i < 5_000; i++)
        {
            random.NextBytes(bytes);
            var context = new DefaultHttpContext();
            context.Connection.RemoteIpAddress = new IPAddress(bytes);
            failed.Failed(context);
            failed.Remembered.ShouldBeLessThanOrEqualTo(1_000);
        }
    }

    [Fact]
    public async Task One_slash_64_is_one_client_and_an_address_is_the_same_in_both_notations()
    {
        var failed = (await StartAsync()).Services.GetRequiredService<FailedSignIns>();
        foreach (
            var address in new[] { "2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1" }
        )
        {
            var context = new DefaultHttpContext();
            context.Connection.RemoteIpAddress = IPAddress.Parse(address);
            failed.Failed(context);
        }

        failed.WaitOf(IPAddress.Parse("2001:db8::ffff")).ShouldNotBeNull();
        failed.WaitOf(IPAddress.Parse("2001:db8:0:1::1")).ShouldBeNull();
        failed.WaitOf(IPAddress.Parse("192.0.2.1")).ShouldNotBeNull();
        failed.WaitOf(IPAddress.Parse("192.0.2.2")).ShouldBeNull();
    }

    private static Task<HttpResponseMessage> GuessAsync(Node node, TestTenant tenant, string path = "/tenant") =>
        node.Client(ApiKeyText.Create(tenant.Id, demo: false)).GetAsync(path);

    private Task<Node> StartAsync()
    {
        database.Settings["Limits:FreeFailures"] = "3";
        database.Settings["Limits:LongestDelay"] = "00:00:30";
        database.Settings["Limits:Remembered"] = "1000";
        return database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(time));
    }
}

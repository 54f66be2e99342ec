using System.Text;
using Hatcheck.Contracts;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Outbox;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Preferences;
using Hatcheck.ServerKit.Sessions;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hatcheck.Tests.Storage;

/// <summary>A tenant's request reads one shard of each table, by PostgreSQL's own plans.</summary>
public sealed class ShardTests(ExplainedPostgres database) : IClassFixture<ExplainedPostgres>
{
    // Often enough that PostgreSQL may switch to its generic plans.
    private const int Times = 12;

    [Fact]
    public async Task A_statement_that_names_no_tenant_is_seen_to_touch_them_all()
    {
        await using var node = new NpgsqlConnection(database.Database.App);
        await node.OpenAsync();
        await node.ExecuteAsync("set app.tenant = '00000000-0000-0000-0000-000000000001'");
        const string Careless = "select count(*) from users where created_at < now()";
        var plans = await database.DuringAsync(() => node.ScalarAsync(Careless));
        // The policy itself names the bound tenant, so the test needs a role that sees all.
        plans.Single(plan => plan.Statement == Careless).Touched["users"].Count.ShouldBe(1);

        await using var behind = await database.OpenAsync();
        plans = await database.DuringAsync(() => behind.ScalarAsync(Careless), role: "postgres");
        plans.Single(plan => plan.Statement == Careless).Touched["users"].Count.ShouldBe(8);
    }

    [Theory]
    [InlineData("resolve who is known", "identities", "api_keys")]
    [InlineData("resolve who is new", "identities", "users", "user_keys")]
    [InlineData("read a user", "users", "profiles", "identities", "user_keys")]
    [InlineData("patch preferences", "preferences", "preference_history")]
    [InlineData("append usage", "usage_log", "idempotency_keys")]
    [InlineData("a caller with a session", "sessions", "users")]
    [InlineData("a lease of permits", "rate_permits")]
    [InlineData("take an event and claim it", "inbox", "inbox_seen")]
    [InlineData("tell of a change and claim it", "outbox", "outbox_endpoints", "outbox_secrets")]
    public async Task A_hot_request_touches_one_partition_of_each_table(string what, params string[] expected)
    {
        var (tenant, other, node) = await database.StartClerkAsync(("Inbox:Work", "false"), ("Outbox:Work", "false"));
        if (what.StartsWith("tell", StringComparison.Ordinal))
            await node.AddEndpointAsync(tenant, "https://hooks.example.org/");
        await other.Http.ResolveAsync("4711");
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        using var person = node.Client((await tenant.Http.SignInAsync(user)).AccessToken);
        var clerk = new ClerkSender(node.Client(), InboxLook.Mine);
        var plans = await database.DuringAsync(async () =>
        {
            for (var time = 0; time < Times; time++)
            {
                await (
                    what switch
                    {
                        "resolve who is known" => tenant.Http.ResolveAsync("4711"),
                        "resolve who is new" => tenant.Http.ResolveAsync($"48{time:00}"),
                        "read a user" => tenant.Http.GetAsync($"/users/{user}").ReadAsync<UserResponse>(),
                        "patch preferences" => tenant.Http.PatchedAsync(
                            user,
                            $$$"""{"interface":{"text_scale":{{{60 + time}}}}}"""
                        ),
                        "append usage" => AppendAsync(tenant.Http, user),
                        "a caller with a session" => person.GetAsync("/me").ReadAsync<CallerResponse>(),
                        "a lease of permits" => OftenAsync(),
                        "tell of a change and claim it" => TellAsync(),
                        _ => ClaimAsync(),
                    }
                );
            }
        });

        // More than one lease allows, even if a slow machine refills between two requests.
        async Task OftenAsync()
        {
            for (var i = 0; i < 5; i++)
                await tenant.Http.GetAsync($"/users/{user}").ReadAsync<UserResponse>();
        }

        async Task ClaimAsync()
        {
            await clerk.GiveAsync(ClerkSender.User("user.created", $"user_{Guid.NewGuid():N}", 0));
            var claims = await node.Services.GetRequiredService<InboxQueue>().ClaimAsync(tenant.Id, untried: true, 10, default);
            claims.Count.ShouldBe(1);
        }

        async Task TellAsync()
        {
            // The second by the resolver's batch.
            await tenant.RenameAsync(user, $"v{Guid.NewGuid():N}");
            await tenant.Http.ResolveAsync($"{Random.Shared.Next(1_000_000, 9_000_000)}");
            var queue = node.Services.GetRequiredService<OutboxQueue>();
            foreach (var due in await queue.DueAsync(tenant.Id, default))
            {
                foreach (var claim in await queue.ClaimAsync(tenant.Id, due.Id, 10, default))
                    (await queue.DeliveredAsync(claim)).ShouldBeTrue();
            }
        }

        var touched = plans.SelectMany(plan => plan.Touched.Keys).ToHashSet(StringComparer.Ordinal);
        expected.Where(table => !touched.Contains(table)).ShouldBeEmpty("or this test sees nothing");
        foreach (var plan in plans)
        {
            foreach (var (_, partitions) in plan.Touched)
                partitions.Count.ShouldBeLessThanOrEqualTo(1, $"{string.Join(' ', partitions)}\n{plan.Statement}");
        }
    }

    private static async Task AppendAsync(HttpClient http, Guid user)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/users/{user}/usage")
        {
            Content = new StringContent("""{"action":"a"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        (await http.SendAsync(request)).EnsureSuccessStatusCode();
    }
}

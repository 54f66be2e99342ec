using Hatcheck.ServerKit.Faults;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Storage;

/// <summary>The cost of the tenant's setting and the key check: counted, not timed.</summary>
public sealed class RoundTripTests
{
    [Theory]
    [InlineData("batch")]
    [InlineData("transaction")]
    public async Task Hot_requests_take_this_many_round_trips(string binding)
    {
        await using var database = await OnProxiedPostgres.StartAsync(("Database:TenantBinding", binding));
        var tenant = await database.Node.NewTenantAsync();
        var user = (await tenant.Http.ResolveAsync("4711")).Id;
        var keys = database.Node.Services.GetRequiredService<Platform.Keys.TenantKeys>();
        var hash = (await keys.GetAsync(tenant.Id, 1, default)).Index[0].Compute("telegram", "user", "4711");
        var counts = new List<string>();

        async Task CountAsync(string what, Func<Task<HttpResponseMessage>> send)
        {
            // Opening connections, preparing statements and unwrapping tenant keys happen only in a node's first seconds.
            for (var warm = 0; warm < 5; warm++)
                (await send()).EnsureSuccessStatusCode();
            // The least of three: one request in thousands leases rate-limit permits, and it may be one of these.
            var least = int.MaxValue;
            for (var measured = 0; measured < 3; measured++)
            {
                var before = database.Proxy.RoundTrips;
                (await send()).EnsureSuccessStatusCode();
                least = Math.Min(least, database.Proxy.RoundTrips - before);
            }

            counts.Add($"{what} {least}");
        }

        await CountAsync("tenant", () => tenant.Http.GetAsync("/tenant"));
        await CountAsync(
            "resolve who is known",
            () => tenant.Http.PostJsonAsync("/users/resolve", """{"channel":"telegram","id":"4711"}""")
        );
        var next = 5000;
        await CountAsync(
            "resolve who is new",
            () => tenant.Http.PostJsonAsync("/users/resolve", $$"""{"channel":"telegram","id":"{{next++}}"}""")
        );
        await CountAsync("find", () => tenant.Http.PostJsonAsync("/users/find", """{"channel":"telegram","id":"4711"}"""));
        await CountAsync("look up by hash", () => tenant.Http.GetAsync($"/users/by-telegram/{hash}"));
        await CountAsync("read a user", () => tenant.Http.GetAsync($"/users/{user}"));
        await CountAsync("list users", () => tenant.Http.GetAsync("/users"));
        await CountAsync("search by e-mail", () => tenant.Http.PostJsonAsync("/users/search", """{"email":"ada@example.org"}"""));
        await CountAsync("append usage", () => tenant.Http.PostJsonAsync($"/users/{user}/usage", """{"action":"a"}"""));
        await CountAsync("list usage", () => tenant.Http.GetAsync($"/users/{user}/usage"));

        var patches = 60;
        await CountAsync("read preferences", () => tenant.Http.GetAsync($"/users/{user}/preferences?explain=true"));
        await CountAsync(
            "patch preferences",
            () =>
                tenant.Http.PatchAsync(
                    $"/users/{user}/preferences",
                    new StringContent(
                        $$$$"""{"interface":{"text_scale":{{{{patches++}}}}}}""",
                        System.Text.Encoding.UTF8,
                        "application/json"
                    )
                )
        );
        await CountAsync("list preference history", () => tenant.Http.GetAsync($"/users/{user}/preferences/history"));
        (
            await tenant.Http.PutAsync(
                "/preferences/schema",
                new StringContent(
                    """{"defaults":{"interface":{"theme":"dark"}}}""",
                    System.Text.Encoding.UTF8,
                    "application/json"
                )
            )
        ).EnsureSuccessStatusCode();
        await CountAsync(
            "read preferences of a tenant with its own schema",
            () => tenant.Http.GetAsync($"/users/{user}/preferences")
        );

        // The check of the caller's key is one of each.
        counts.ShouldBe([
            "tenant 1",
            "resolve who is known 2",
            "resolve who is new 3",
            "find 2",
            "look up by hash 2",
            "read a user 1",
            "list users 2",
            "search by e-mail 2",
            "append usage 3",
            "list usage 4",
            "read preferences 2",
            "patch preferences 3",
            "list preference history 3",
            "read preferences of a tenant with its own schema 2",
        ]);
    }
}

using Hatcheck.Access.Webhooks;
using Hatcheck.Platform.Inbox;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Webhooks;

/// <summary>The cost of an event: counted, not timed.</summary>
public sealed class InboxRoundTripTests
{
    [Theory]
    [InlineData("batch")]
    [InlineData("transaction")]
    public async Task Fifty_events_take_hardly_more_round_trips_than_one(string binding)
    {
        await using var database = await OnProxiedPostgres.StartAsync(
            ("Database:TenantBinding", binding),
            ("Outbox:Work", "false")
        );
        var (mine, _, node) = await database.StartClerkAsync(("Inbox:Work", "false"));
        var clerk = new ClerkSender(node.Client(), InboxLook.Mine);
        var queue = node.Services.GetRequiredService<InboxQueue>();
        var counts = new List<string>();

        async Task<T> CountAsync<T>(string what, Func<Task<T>> act)
        {
            var before = database.Proxy.RoundTrips;
            var answer = await act();
            counts.Add($"{what} {database.Proxy.RoundTrips - before}");
            return answer;
        }

        async Task WorkAsync(string what, int count, Func<int, string> body)
        {
            for (var i = 0; i < count; i++)
                await clerk.GiveAsync(body(i));
            var claims = await queue.ClaimAsync(mine.Id, untried: true, count, default);
            claims.Count.ShouldBe(count);
            var handler = node.HandlerOf<ClerkHandler>();
            var events = new List<InboxEvent>();
            foreach (var claim in claims)
            {
                using var opened = await node.Services.GetRequiredService<InboxBodies>().OpenAsync(claim, default);
                events.Add(handler.Read(claim, opened.Reveal().ToArray())!);
            }

            var batches = node.Services.GetRequiredService<InboxBatches>();
            var results = await CountAsync(what, () => batches.ProcessAsync(handler, mine.Id, events, default));
            results.ShouldAllBe(result => result is InboxResult.Done);
        }

        // Opening connections, preparing statements and unwrapping keys happen only in a node's first seconds.
        for (var warm = 0; warm < 4; warm++)
            await WorkAsync("", 2, i => ClerkSender.User("user.updated", $"warm_{i}", warm, $"V{warm}"));
        counts.Clear();
        await CountAsync(
            "take",
            async () =>
            {
                await clerk.GiveAsync(ClerkSender.User("user.created", "user_first", 0));
                return true;
            }
        );
        (await CountAsync("lease", () => queue.ClaimAsync(mine.Id, untried: true, 50, default))).Count.ShouldBe(1);
        await WorkAsync("make 1", 1, i => ClerkSender.User("user.created", $"alone_{i}", 0));
        await WorkAsync("make 50", 50, i => ClerkSender.User("user.created", $"user_{i}", 0));
        await WorkAsync("change 1", 1, i => ClerkSender.User("user.updated", $"alone_{i}", 1, "Augusta"));
        await WorkAsync("change 50", 50, i => ClerkSender.User("user.updated", $"user_{i}", 1, "Augusta"));
        await WorkAsync(
            "change 50 with addresses",
            50,
            i => ClerkSender.User("user.updated", $"user_{i}", 2, "Augusta", $"new_{i}@example.org")
        );
        await WorkAsync("delete 50", 50, i => ClerkSender.Deleted($"user_{i}", 3));
        counts.ShouldBe([
            "take 1",
            "lease 1",
            "make 1 12",
            "make 50 12",
            "change 1 14",
            "change 50 14",
            "change 50 with addresses 16",
            "delete 50 16",
        ]);
    }
}

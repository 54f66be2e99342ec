using System.Collections.Concurrent;
using Hatcheck.People.Profiles;
using Hatcheck.People.Users;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Webhooks;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Outbox;

public sealed class OutboxDeliveryOnSqlite(OnSqliteUnsent database)
    : OutboxDeliveryTests(database),
        IClassFixture<OnSqliteUnsent>;

public sealed class OutboxDeliveryOnPostgres(OnPostgresUnsent database)
    : OutboxDeliveryTests(database),
        IClassFixture<OnPostgresUnsent>;

/// <summary>Order, failures, leases and secrets, with receivers that behave badly.</summary>
public abstract class OutboxDeliveryTests(TestedDatabase database)
{
    private static readonly EventKind[] kinds =
    [
        UserEvents.Created,
        ProfileEvents.Updated,
        ProfileEvents.Deleted,
        ProfileEvents.Restored,
        ProfileEvents.Updated,
    ];

    [Fact]
    public async Task Events_of_one_user_arrive_in_order_under_failures_and_those_of_others_do_not_wait()
    {
        const int Users = 20;
        var random = new Random(Random.Shared.Next() is var seed ? seed : 0);
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        await using var receiver = await Receiver.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        await database.Node.AddEndpointAsync(tenant, receiver.Address);
        var users = Enumerable.Range(0, Users).Select(_ => Guid.NewGuid()).ToList();
        var stuck = users[0];
        receiver.Answer = (arrival, context) =>
        {
            lock (random)
            {
                if (arrival.User == stuck || random.Next(4) == 0)
                    context.Response.StatusCode = 500;
            }

            return Task.CompletedTask;
        };
        await using var sender = await database.StartSenderAsync();
        foreach (var kind in kinds)
        {
            foreach (var user in users)
                await database.Node.TellAsync(tenant.Id, kind, user);
        }

        await OutboxLook.UntilAsync(
            async () =>
            {
                await database.HurryAsync(tenant);
                return (await database.Node.EntriesAsync(tenant.Id)).Select(entry => entry.UserId).Distinct().Count() == 1;
            },
            "one user's failing event holds up others"
        );
        receiver
            .Ledger.Where(arrival => arrival.User == stuck)
            .Select(arrival => arrival.Type)
            .Distinct(StringComparer.Ordinal)
            .ShouldBe(["user.created"]);
        receiver.Answer = null;
        await OutboxLook.UntilAsync(
            async () => await database.HurryAsync(tenant) == 0 && (await database.Node.EntriesAsync(tenant.Id)).Count == 0,
            "all arrive"
        );
        foreach (var user in users)
        {
            var mine = receiver.Ledger.Where(arrival => arrival.User == user).ToList();
            mine.Select(arrival => arrival.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(kinds.Length);
            // Each was acknowledged before the next one was sent.
            mine.DistinctBy(arrival => arrival.Id, StringComparer.Ordinal)
                .Select(arrival => arrival.Type)
                .ShouldBe(kinds.Select(kind => kind.Name));
            var byEvent = mine.GroupBy(arrival => arrival.Id, StringComparer.Ordinal).ToList();
            mine.Select(arrival => arrival.Id).ShouldBe(byEvent.SelectMany(same => same.Select(arrival => arrival.Id)));
            byEvent.ShouldAllBe(same => same.Select(arrival => arrival.Body).Distinct(StringComparer.Ordinal).Count() == 1);
        }
    }

    [Fact]
    public async Task A_receiver_that_fails_is_tried_ten_times_over_three_days_then_it_is_a_dead_letter_that_can_be_replayed()
    {
        TimeSpan[] waits =
        [
            TimeSpan.FromSeconds(5),
            TimeSpan.FromMinutes(5),
            TimeSpan.FromMinutes(30),
            TimeSpan.FromHours(2),
            TimeSpan.FromHours(5),
            TimeSpan.FromHours(10),
            TimeSpan.FromHours(14),
            TimeSpan.FromHours(20),
            TimeSpan.FromHours(24),
        ];
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) => Task.FromResult(context.Response.StatusCode = 404);
        var tenant = await database.Node.NewTenantAsync();
        await database.Node.AddEndpointAsync(tenant, receiver.Address);
        var time = new PassingTime(database);
        await using var sender = await database.StartSenderAsync(time.Use);
        var user = Guid.NewGuid();
        await sender.TellAsync(tenant.Id, ProfileEvents.Updated, user);
        await sender.TellAsync(tenant.Id, ProfileEvents.Deleted, user);
        OutboxEntry first = null!;
        for (var tries = 1; tries <= waits.Length + 1; tries++)
        {
            await OutboxLook.UntilAsync(
                async () =>
                {
                    first = (await sender.EntriesAsync(tenant.Id))[0];
                    return first.Attempts == tries && (first.State == OutboxRow.Dead || first.DueAt > await sender.NowAsync());
                },
                $"try {tries}"
            );
            receiver.Ledger.Count(arrival => arrival.Type == "user.updated").ShouldBe(tries);
            if (tries > waits.Length)
                break;
            (first.State, first.Fault).ShouldBe((OutboxRow.Pending, "status.404"));
            // PostgreSQL's clock runs on meanwhile.
            var wait = waits[tries - 1];
            (first.DueAt - await sender.NowAsync()).ShouldBeInRange((wait * 0.9) - TimeSpan.FromSeconds(4), wait);
            await time.PassAsync(waits[tries - 1], "outbox.due_at");
        }

        (first.State, first.Attempts).ShouldBe((OutboxRow.Dead, 10));
        sender.Log.ToString().ShouldContain("dead letter");
        // It no longer delays other events.
        await OutboxLook.UntilAsync(() => receiver.Ledger.Any(arrival => arrival.Type == "user.deleted"), "the next one goes on");
        receiver.Answer = null;
        var before = receiver.Ledger.Last(arrival => arrival.Type == "user.updated");
        await time.PassAsync(TimeSpan.FromMinutes(1), "outbox.due_at");
        await sender.Services.GetRequiredService<OutboxEntries>().ReplayAsync(tenant.Id, first.Id, OutboxLook.Someone, default);
        await database.SentAsync(tenant.Id);
        var after = receiver.Acknowledged.Last(arrival => arrival.Type == "user.updated");
        (after.Id, after.Body).ShouldBe((before.Id, before.Body));
    }

    [Fact]
    public async Task A_redirect_is_a_failure_and_is_not_followed()
    {
        await using var elsewhere = await Receiver.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) =>
        {
            context.Response.Redirect(elsewhere.Address, permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };
        var entry = await FailedAsync(receiver);
        (entry.State, entry.Fault).ShouldBe((OutboxRow.Pending, "status.307"));
        elsewhere.Ledger.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("3600", 3600, 3600)]
    [InlineData("864000", 86_400, 86_400)]
    [InlineData("0", 4, 5)]
    public async Task A_receiver_that_asks_for_time_gets_it_up_to_a_day(string asked, int least, int most)
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) =>
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = asked;
            return Task.CompletedTask;
        };
        var entry = await FailedAsync(receiver);
        (entry.DueAt - await database.Node.NowAsync()).TotalSeconds.ShouldBeInRange(least - 20, most);
        if (least > 20)
            (entry.DueAt - await database.Node.NowAsync()).TotalSeconds.ShouldBeGreaterThan(least - 20);
    }

    [Fact]
    public async Task A_receiver_that_is_gone_is_switched_off_and_what_waits_goes_out_when_it_is_switched_on()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) => Task.FromResult(context.Response.StatusCode = 410);
        var (tenant, user) = (await database.Node.NewTenantAsync(), Guid.NewGuid());
        var (endpoint, _) = await database.Node.AddEndpointAsync(tenant, receiver.Address);
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Deleted, user);
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Restored, user);
        await using var sender = await database.StartSenderAsync();
        var endpoints = sender.Services.GetRequiredService<OutboxEndpoints>();
        await OutboxLook.UntilAsync(
            async () => (await endpoints.ListAsync(tenant.Id, default))[0].State == OutboxEndpointRow.Gone,
            "switched off"
        );
        await sender.TellAsync(tenant.Id, ProfileEvents.Updated, user);
        (await sender.EntriesAsync(tenant.Id))
            .Select(entry => (entry.Type, entry.State))
            .ShouldBe([("user.deleted", "dead"), ("user.restored", "pending")]);
        receiver.Ledger.Count.ShouldBe(1);
        sender.Log.ToString().ShouldContain("switched off");
        receiver.Answer = null;
        await endpoints.EnableAsync(tenant.Id, endpoint, OutboxLook.Someone, default);
        await database.SentAsync(tenant.Id);
        receiver.Acknowledged.Select(arrival => arrival.Type).ShouldBe(["user.restored"]);
        // Replays all since an instant, under their old ids.
        var entries = sender.Services.GetRequiredService<OutboxEntries>();
        foreach (var (days, count) in new[] { (1, 0), (-1, 2) })
        {
            var since = DateTimeOffset.UtcNow.AddDays(days);
            (await entries.ReplayAsync(tenant.Id, endpoint, since, OutboxLook.Someone, default)).ShouldBe(count);
        }

        await database.SentAsync(tenant.Id);
        receiver.Acknowledged.Select(arrival => arrival.Type).ShouldBe(["user.restored", "user.deleted", "user.restored"]);
        receiver.Ledger.Select(arrival => arrival.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(2);
    }

    [Fact]
    public async Task A_paused_endpoint_keeps_its_events()
    {
        await using var receiver = await Receiver.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        var (endpoint, _) = await database.Node.AddEndpointAsync(tenant, receiver.Address);
        var endpoints = database.Node.Services.GetRequiredService<OutboxEndpoints>();
        await endpoints.PauseAsync(tenant.Id, endpoint, OutboxLook.Someone, default);
        await using var sender = await database.StartSenderAsync();
        await sender.TellAsync(tenant.Id, ProfileEvents.Deleted, Guid.NewGuid());
        await Task.Delay(1500);
        (receiver.Ledger.Count, (await sender.EntriesAsync(tenant.Id)).Count).ShouldBe((0, 1));
        await endpoints.EnableAsync(tenant.Id, endpoint, OutboxLook.Someone, default);
        await database.SentAsync(tenant.Id);
        receiver.Ledger.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_endpoint_that_never_answers_starves_no_other()
    {
        await using var slow = await Receiver.StartAsync();
        await using var quick = await Receiver.StartAsync();
        var held = new TaskCompletionSource();
        slow.Answer = (_, _) => held.Task;
        var tenant = await database.Node.NewTenantAsync();
        await database.Node.AddEndpointAsync(tenant, slow.Address);
        await database.Node.AddEndpointAsync(tenant, quick.Address);
        await using (var sender = await database.StartSenderAsync(null, ("Outbox:PerEndpoint", "3")))
        {
            for (var i = 0; i < 30; i++)
                await sender.TellAsync(tenant.Id, ProfileEvents.Deleted, Guid.NewGuid());
            await OutboxLook.UntilAsync(() => quick.Acknowledged.Count == 30, "the quick one has all", seconds: 15);
            (slow.Ledger.Count, slow.Acknowledged.Count).ShouldBe((3, 0));
            held.SetResult();
            await database.SentAsync(tenant.Id);
            slow.Ledger.Count.ShouldBe(30);
        }
    }

    [Fact]
    public async Task A_slow_or_endless_answer_is_a_delivery_that_nobody_reads_and_silence_is_a_time_out()
    {
        await using var receiver = await Receiver.StartAsync();
        var sent = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        receiver.Answer = async (arrival, context) =>
        {
            if (arrival.Type == "user.restored")
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            var chunk = new byte[64 * 1024];
            while (sent.AddOrUpdate(arrival.Id, chunk.Length, (_, before) => before + chunk.Length) < 1L << 30)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
                // Kestrel reports an aborted connection late, and swallows writes until then.
                await Task.Delay(1, context.RequestAborted);
            }
        };
        var tenant = await database.Node.NewTenantAsync();
        await database.Node.AddEndpointAsync(tenant, receiver.Address);
        await using var sender = await database.StartSenderAsync(
            null,
            ("Outbox:Timeout", "00:00:02"),
            ("Outbox:Lease", "00:00:05")
        );
        await sender.TellAsync(tenant.Id, ProfileEvents.Deleted, Guid.NewGuid());
        await sender.TellAsync(tenant.Id, ProfileEvents.Restored, Guid.NewGuid());
        await OutboxLook.UntilAsync(
            async () => (await sender.EntriesAsync(tenant.Id)) is [{ Type: "user.restored", Fault: "timeout" }],
            "one delivered, one timed out"
        );
        sent.Values.Single().ShouldBeLessThan(64 << 20);
    }

    [Fact]
    public async Task Both_secrets_sign_until_the_old_one_ends()
    {
        await using var receiver = await Receiver.StartAsync();
        var tenant = await database.Node.NewTenantAsync();
        var time = new PassingTime(database);
        await using var sender = await database.StartSenderAsync(time.Use);
        var (endpoint, first) = await sender.AddEndpointAsync(tenant, receiver.Address);
        var endpoints = sender.Services.GetRequiredService<OutboxEndpoints>();
        async Task<string> RotateAsync(bool atOnce)
        {
            var (secret, _) = await endpoints.RotateAsync(tenant.Id, endpoint, atOnce, OutboxLook.Someone, default);
            using (secret)
                return WebhookSignature.Text(secret);
        }

        async Task<Arrival> TellAsync()
        {
            await sender.TellAsync(tenant.Id, ProfileEvents.Updated, Guid.NewGuid());
            await database.SentAsync(tenant.Id);
            return receiver.Ledger[^1];
        }

        (await TellAsync()).SignedBy(first).ShouldBe([0]);
        await time.PassAsync(TimeSpan.FromMinutes(1), "outbox_secrets.created_at");
        var second = await RotateAsync(atOnce: false);
        (await TellAsync()).SignedBy(first, second).ShouldBe([1, 0]);
        (await endpoints.ListAsync(tenant.Id, default))[0].Secrets.ShouldBe(2);
        await time.PassAsync(TimeSpan.FromDays(1) + time.Moment, "outbox_secrets.ends_at", "outbox_secrets.created_at");
        (await TellAsync()).SignedBy(first, second).ShouldBe([1]);
        await sender.Services.GetRequiredService<OutboxCleaning>().RunAsync(JobRun.PerNode, tenant.Id, default);
        (await database.CountAsync("outbox_secrets", tenant.Id)).ShouldBe(1);
        var third = await RotateAsync(atOnce: true);
        (await TellAsync()).SignedBy(first, second, third).ShouldBe([2]);
        for (var more = 0; more < 3; more++)
            await RotateAsync(atOnce: false);
        var refused = await Should.ThrowAsync<Platform.OperatorException>(() => RotateAsync(atOnce: false));
        refused.Message.ShouldContain("--at-once");
    }

    [Fact]
    public async Task A_node_that_slept_through_its_lease_marks_nothing()
    {
        var (tenant, user) = (await database.Node.NewTenantAsync(), Guid.NewGuid());
        var (endpoint, _) = await database.Node.AddEndpointAsync(tenant, "https://hooks.example.org/");
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Deleted, user);
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Restored, user);
        var queue = database.Node.Services.GetRequiredService<OutboxQueue>();
        var slept = (await queue.ClaimAsync(tenant.Id, endpoint, 10, default)).ShouldHaveSingleItem();
        (await queue.ClaimAsync(tenant.Id, endpoint, 10, default)).ShouldBeEmpty();
        await database.EndLeasesAsync();
        var next = (await queue.ClaimAsync(tenant.Id, endpoint, 10, default)).ShouldHaveSingleItem();
        (next.Entry, next.Attempts).ShouldBe((slept.Entry, 2));
        (await queue.DeadLetterAsync(slept, "late")).ShouldBeFalse();
        (await queue.PostponeAsync(slept, "late", TimeSpan.FromDays(1))).ShouldBeFalse();
        (await queue.ReleaseAsync(slept)).ShouldBeFalse();
        (await queue.SwitchOffAsync(slept, "late")).ShouldBeFalse();
        (await queue.DeliveredAsync(slept)).ShouldBeFalse();
        const string AsClaimed = "state = 'pending' and attempts = 2 and fault is null and lease_id is not null";
        (await database.CountAsync("outbox", tenant.Id, AsClaimed)).ShouldBe(1);
        (await database.CountAsync("outbox_endpoints", tenant.Id, "state = 'active'")).ShouldBe(1);
        (await queue.DeliveredAsync(next)).ShouldBeTrue();
        (await queue.DeadLetterAsync(slept, "late")).ShouldBeFalse();
        (await database.CountAsync("outbox", tenant.Id, "state = 'delivered'")).ShouldBe(1);
        (await queue.ClaimAsync(tenant.Id, endpoint, 10, default)).ShouldHaveSingleItem().EventType.ShouldBe("user.restored");
        (await queue.ClaimAsync(Guid.NewGuid(), endpoint, 10, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_old_and_what_nobody_owns_is_forgotten()
    {
        var (tenant, other) = (await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync());
        var time = new PassingTime(database);
        await using var node = await database.StartNodeAsync(time.Use);
        var (endpoint, _) = await node.AddEndpointAsync(tenant, "https://hooks.example.org/");
        await node.AddEndpointAsync(other, "https://hooks.example.org/");
        foreach (var one in new[] { tenant, other })
            await node.TellAsync(one.Id, ProfileEvents.Deleted, Guid.NewGuid());
        await node.TellAsync(tenant.Id, ProfileEvents.Deleted, Guid.NewGuid());
        var queue = node.Services.GetRequiredService<OutboxQueue>();
        (await queue.DeliveredAsync((await queue.ClaimAsync(tenant.Id, endpoint, 1, default))[0])).ShouldBeTrue();
        var cleaning = node.Services.GetRequiredService<OutboxCleaning>();
        await time.PassAsync(TimeSpan.FromDays(7) + time.Moment, "outbox.created_at", "outbox.delivered_at");
        (await cleaning.RunAsync(JobRun.PerNode, tenant.Id, default)).ShouldBe(0);
        (await node.EntriesAsync(tenant.Id, OutboxRow.Delivered, OutboxRow.Pending))
            .ShouldHaveSingleItem()
            .State.ShouldBe(OutboxRow.Pending);
        await time.PassAsync(TimeSpan.FromDays(83), "outbox.created_at");
        (await cleaning.RunAsync(JobRun.PerNode, tenant.Id, default)).ShouldBe(1);
        (await database.CountAsync("outbox", other.Id)).ShouldBe(1);
        await node.TellAsync(tenant.Id, ProfileEvents.Deleted, Guid.NewGuid());
        await node.Services.GetRequiredService<OutboxEndpoints>().RemoveAsync(tenant.Id, endpoint, OutboxLook.Someone, default);
        (await queue.DueAsync(tenant.Id, default)).ShouldBeEmpty();
        await cleaning.RunAsync(JobRun.PerNode, tenant.Id, default);
        foreach (var table in new[] { "outbox", "outbox_endpoints", "outbox_secrets" })
            (await database.CountAsync(table, tenant.Id)).ShouldBe(0, table);
        var recorded = $"act = 'endpoint.remove' and subject = 'endpoint:{endpoint:N}'";
        (await database.CountAsync("audit_pending", tenant.Id, recorded)).ShouldBe(1);
    }

    // Of a receiver that fails once.
    private async Task<OutboxEntry> FailedAsync(Receiver receiver)
    {
        var tenant = await database.Node.NewTenantAsync();
        await database.Node.AddEndpointAsync(tenant, receiver.Address);
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Deleted, Guid.NewGuid());
        await using var sender = await database.StartSenderAsync();
        await OutboxLook.UntilAsync(async () => (await sender.EntriesAsync(tenant.Id))[0].Fault is not null, "it fails");
        return (await sender.EntriesAsync(tenant.Id))[0];
    }
}

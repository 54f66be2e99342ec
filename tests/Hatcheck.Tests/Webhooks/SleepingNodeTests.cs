using System.Diagnostics;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;

namespace Hatcheck.Tests.Webhooks;

/// <summary>
/// The write of a node that was stopped by SIGSTOP between its lease and its work, and wakes after another node has done
/// that work: real processes, and no chance.
/// </summary>
public sealed class SleepingNodeTests
{
    private const int Gate = 72_230_001;
    private const int Events = 20;

    [Fact]
    public async Task A_node_that_slept_beyond_its_lease_changes_nothing_when_it_wakes()
    {
        await using var database = new OnPostgres();
        await database.InitializeAsync();
        var tenant = await database.Node.NewTenantAsync();
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Webhooks:Clerk:0:Name"] = InboxLook.Mine,
            ["Webhooks:Clerk:0:Tenant"] = tenant.Id.ToString(),
            ["Webhooks:Clerk:0:Secrets:0"] = ClerkSender.Secret,
            ["Inbox:Lease"] = "00:00:02",
            // Longer than its sleep: else it may treat the answer as late, and never reach the fence.
            ["Database:Timeout"] = "00:01:00",
        };
        var taker = await database.StartClerkNodeAsync([(InboxLook.Mine, tenant)], null, ("Inbox:Work", "false"));
        var clerk = new ClerkSender(taker.Client(), InboxLook.Mine);
        for (var i = 0; i < Events; i++)
            await clerk.GiveAsync(ClerkSender.User("user.created", $"user_{i}", 0));
        await using var gate = await database.OpenAsync();
        await gate.ExecuteAsync($"select pg_advisory_lock({Gate})");
        // A lease waits at the gate, in the database: this is the moment to stop its node, which reads the answer only after it
        // wakes.
        await database.ExecuteAsync(
            $"""
            create function wait_at_gate() returns trigger language plpgsql security definer as $$
            begin perform pg_advisory_xact_lock_shared({Gate}); return null; end $$;
            create trigger gate before update of lease_until on inbox for each statement execute function wait_at_gate()
            """
        );

        await using var sleeper = new ServeProcess(settings);
        await sleeper.StartAsync();
        const string AtGate = "select count(*) from pg_locks where locktype = 'advisory' and not granted";
        await UntilAsync(async () => await database.NumberAsync(AtGate) == 1);
        await sleeper.PauseAsync();
        await gate.ExecuteAsync($"select pg_advisory_unlock({Gate})");
        await UntilAsync(async () => await database.CountAsync("inbox", tenant.Id, "lease_id is not null") == Events);
        await database.ExecuteAsync("drop trigger gate on inbox");

        await using var second = new ServeProcess(settings);
        await second.StartAsync();
        await database.DrainedAsync(tenant.Id);
        (await database.CountAsync("inbox_subjects", tenant.Id, "events = 1")).ShouldBe(Events);
        await sleeper.ResumeAsync();
        const string Says = "events passed to another node";
        await UntilAsync(() => Task.FromResult(sleeper.Said.Contains($"{Events} {Says}", StringComparison.Ordinal)));

        (await database.CountAsync("users", tenant.Id)).ShouldBe(Events);
        (await database.CountAsync("audit_pending", tenant.Id, "act in ('user.create', 'user.update')")).ShouldBe(Events);
        (await database.CountAsync("inbox_subjects", tenant.Id, "events = 1")).ShouldBe(Events);
        second.Said.ShouldNotContain(Says);
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var wait = Stopwatch.StartNew(); !await isSo(); await Task.Delay(50))
            wait.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }
}

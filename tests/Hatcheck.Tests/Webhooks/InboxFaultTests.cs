using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Jobs;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Webhooks;

public sealed class InboxFaultsOnSqlite(OnSqlite database) : InboxFaultTests(database), IClassFixture<OnSqlite>;

public sealed class InboxFaultsOnPostgres(OnPostgres database) : InboxFaultTests(database), IClassFixture<OnPostgres>;

/// <summary>Faults of one tenant or row, which stop no others.</summary>
public abstract class InboxFaultTests(TestedDatabase database)
{
    [Fact]
    public async Task One_tenants_fault_keeps_no_others_inbox_from_its_cleaning()
    {
        var (mine, other, node) = await database.StartClerkAsync(("Inbox:Work", "true"));
        foreach (var name in new[] { InboxLook.Mine, InboxLook.Others })
            await new ClerkSender(node.Client(), name).GiveAsync(ClerkSender.User("user.created", "user_1", 0));
        foreach (var tenant in new[] { mine, other })
            await database.DrainedAsync(tenant.Id);
        await database.AgeAsync("inbox_seen.received_at", TimeSpan.FromDays(365));
        TestTenant[] inOrder = [.. new[] { mine, other }.OrderBy(tenant => $"{tenant.Id}", StringComparer.Ordinal)];
        var which = $"row.tenant_id = {RawSql.Literal(inOrder[0].Id)}";
        var job = node.Services.GetServices<IJob>().OfType<InboxCleaningJob>().Single();
        await using (await SpoiltRows.PlantAsync(database, "inbox_seen", "delete", which))
        {
            var fault = await Should.ThrowAsync<PartlyFailedException>(() =>
                node.Services.GetRequiredService<JobRounds>().RunNowAsync(job, job.RunAsync, default)
            );
            fault.Failed.ShouldBe(1);
        }

        (await database.CountAsync("inbox_seen", inOrder[0].Id)).ShouldBe(1);
        (await database.CountAsync("inbox_seen", inOrder[1].Id)).ShouldBe(0);
        var state = (await node.Services.GetRequiredService<JobLeases>().FindAsync(job.Name, default))!;
        (state.Outcome, state.Attempts).ShouldBe(("failed", 1));
        state.Fault.ShouldNotBeNull().ShouldContain(", 1 of ");
    }

    [Fact]
    public async Task What_a_clock_that_was_set_forward_wrote_holds_up_nothing()
    {
        var source = await FakeSource.StartAsync(database, PlantedFault.None);
        await source.DeliverAsync(await source.NewSubjectAsync(), 1);
        var queue = source.Taker.Services.GetRequiredService<InboxQueue>();
        (await queue.ClaimAsync(source.Mine.Id, untried: true, 1, default)).ShouldHaveSingleItem();
        (await queue.ClaimAsync(source.Mine.Id, untried: false, 1, default)).ShouldBeEmpty();
        await database.AgeAsync("inbox.lease_until", TimeSpan.FromDays(-365));
        var next = (await queue.ClaimAsync(source.Mine.Id, untried: false, 1, default)).ShouldHaveSingleItem();
        (await queue.TryPostponeAsync(next, "planted", default)).ShouldBeTrue();
        // Not yet an hour, the longest wait.
        var cleaning = source.Taker.Services.GetRequiredService<InboxCleaning>();
        await database.AgeAsync("inbox.due_at", TimeSpan.FromMinutes(-55));
        await cleaning.RunAsync(JobRun.PerNode, source.Mine.Id, default);
        (await queue.ClaimAsync(source.Mine.Id, untried: false, 1, default)).ShouldBeEmpty();
        await database.AgeAsync("inbox.due_at", TimeSpan.FromMinutes(-15));
        await cleaning.RunAsync(JobRun.PerNode, source.Mine.Id, default);
        (await queue.ClaimAsync(source.Mine.Id, untried: false, 1, default)).ShouldHaveSingleItem().Attempts.ShouldBe(3);
    }
}

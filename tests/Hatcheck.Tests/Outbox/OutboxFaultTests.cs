using Hatcheck.People.Profiles;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Outbox;
using Hatcheck.ServerKit.Outbox;
using Hatcheck.ServerKit.Storage;
using Hatcheck.ServerKit.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Outbox;

public sealed class OutboxFaultsOnSqlite(OnSqliteUnsent database) : OutboxFaultTests(database), IClassFixture<OnSqliteUnsent>;

public sealed class OutboxFaultsOnPostgres(OnPostgresUnsent database)
    : OutboxFaultTests(database),
        IClassFixture<OnPostgresUnsent>;

/// <summary>Faults of one tenant, secret or row, which stop no others.</summary>
public abstract class OutboxFaultTests(TestedDatabase database)
{
    private static readonly TimeSpan year = TimeSpan.FromDays(365);

    [Fact]
    public async Task One_tenants_fault_keeps_no_others_events()
    {
        await using var receiver = await Receiver.StartAsync();
        var (spoilt, other) = await TwoTenantsAsync(receiver.Address);
        await using (await SpoiltRows.PlantAsync(database, "outbox", "update", Of(spoilt)))
        {
            await using var sender = await database.StartSenderAsync();
            await OutboxLook.UntilAsync(
                async () => await database.CountAsync("outbox", other.Id, "state = 'pending'") == 0,
                "the other's",
                seconds: 30
            );
            (await database.CountAsync("outbox", spoilt.Id, "state = 'pending' and attempts = 0")).ShouldBe(1);
            sender.Log.ToString().ShouldContain("The outbox is not sent");
        }

        receiver.Ledger.Count.ShouldBe(1);
    }

    [Fact]
    public async Task One_tenants_fault_keeps_no_others_outbox_from_its_cleaning()
    {
        var (spoilt, other) = await TwoTenantsAsync("https://hooks.example.org/");
        await database.AgeAsync("outbox.created_at", year);
        var services = database.Node.Services;
        var job = services.GetServices<IJob>().OfType<OutboxCleaningJob>().Single();
        await using (await SpoiltRows.PlantAsync(database, "outbox", "delete", Of(spoilt)))
        {
            var fault = await Should.ThrowAsync<PartlyFailedException>(() =>
                services.GetRequiredService<JobRounds>().RunNowAsync(job, job.RunAsync, default)
            );
            // Includes rows of other tests.
            (fault.Failed, fault.Done >= 1).ShouldBe((1, true));
            (await services.GetRequiredService<JobLeases>().FindAsync(job.Name, default))!.Done.ShouldBe(fault.Done);
        }

        (await database.CountAsync("outbox", spoilt.Id), await database.CountAsync("outbox", other.Id)).ShouldBe((1, 0));
        var state = (await services.GetRequiredService<JobLeases>().FindAsync(job.Name, default))!;
        (state.Outcome, state.Attempts).ShouldBe(("failed", 1));
        state.Fault.ShouldNotBeNull().ShouldMatch("^fault\\.(Sqlite|Postgres)Exception, 1 of [0-9]+$");
        database.Node.Log.ToString().ShouldContain($"The outbox of the tenant {spoilt.Id} was not cleaned");
    }

    [Fact]
    public async Task What_a_clock_that_was_set_forward_wrote_holds_up_nothing()
    {
        var tenant = await database.Node.NewTenantAsync();
        var (endpoint, _) = await database.Node.AddEndpointAsync(tenant, "https://hooks.example.org/");
        await database.Node.TellAsync(tenant.Id, ProfileEvents.Updated, Guid.NewGuid());
        var queue = database.Node.Services.GetRequiredService<OutboxQueue>();
        var slept = (await queue.ClaimAsync(tenant.Id, endpoint, 1, default)).ShouldHaveSingleItem();
        await database.AgeAsync("outbox.lease_until", -year);
        (await queue.DueAsync(tenant.Id, default)).ShouldHaveSingleItem();
        var next = (await queue.ClaimAsync(tenant.Id, endpoint, 1, default)).ShouldHaveSingleItem();
        next.Attempts.ShouldBe(2);
        (await queue.DeliveredAsync(slept)).ShouldBeFalse();
        (await queue.PostponeAsync(next, "status.500", TimeSpan.FromDays(1))).ShouldBeTrue();
        var cleaning = database.Node.Services.GetRequiredService<OutboxCleaning>();
        await cleaning.RunAsync(JobRun.PerNode, tenant.Id, default);
        (await queue.DueAsync(tenant.Id, default)).ShouldBeEmpty();
        (await queue.ClaimAsync(tenant.Id, endpoint, 1, default)).ShouldBeEmpty();
        // Later than the longest wait.
        await database.AgeAsync("outbox.due_at", -TimeSpan.FromHours(1));
        await cleaning.RunAsync(JobRun.PerNode, tenant.Id, default);
        (await queue.DueAsync(tenant.Id, default)).ShouldHaveSingleItem();
        (await queue.ClaimAsync(tenant.Id, endpoint, 1, default)).ShouldHaveSingleItem().Attempts.ShouldBe(3);
    }

    private static string Of(TestTenant tenant) => $"row.tenant_id = {RawSql.Literal(tenant.Id)}";

    /// <summary>Tenants with an event each; a node that reads every tenant reads the first one first.</summary>
    private async Task<(TestTenant First, TestTenant Second)> TwoTenantsAsync(string address)
    {
        var tenants = new[] { await database.Node.NewTenantAsync(), await database.Node.NewTenantAsync() };
        foreach (var tenant in tenants)
        {
            await database.Node.AddEndpointAsync(tenant, address);
            await database.Node.TellAsync(tenant.Id, ProfileEvents.Updated, Guid.NewGuid());
        }

        tenants = [.. tenants.OrderBy(tenant => $"{tenant.Id}", StringComparer.Ordinal)];
        return (tenants[0], tenants[1]);
    }
}

using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Jobs;

public sealed class JobLeasesOnSqlite(OnSqlite database) : JobLeaseTests(database), IClassFixture<OnSqlite>;

public sealed class JobLeasesOnPostgres(OnPostgres database) : JobLeaseTests(database), IClassFixture<OnPostgres>
{
    [Fact]
    public async Task While_a_transaction_holds_a_job_its_lease_may_end_and_be_extended_but_nobody_takes_it()
    {
        var job = await PlantAsync();
        var claim = (await Leases.ClaimAsync(job.Name, false, default))!;
        await LeaseEndsAsync(job);
        await Database.WriteAcrossTenantsAsync(
            async (all, stop) =>
            {
                await JobRun.Of(claim, Leases.Lease).HoldAsync(all, stop);
                (await Leases.ClaimAsync(job.Name, true, stop)).ShouldBeNull();
                (await Leases.ExtendAsync(claim, stop)).ShouldBeTrue();
                await LeaseEndsAsync(job);
                return 0;
            },
            default
        );
        (await Leases.ClaimAsync(job.Name, true, default))!.Token.ShouldBe(claim.Token + 1);
    }

    [Fact]
    public async Task A_transaction_that_says_nothing_for_longer_than_a_lease_is_ended_by_the_database()
    {
        var job = await PlantAsync();
        var claim = (await Leases.ClaimAsync(job.Name, false, default))!;
        await LeaseEndsAsync(job);
        var held = Database.WriteAcrossTenantsAsync(
            async (all, stop) =>
            {
                await JobRun.Of(claim, TimeSpan.FromMilliseconds(300)).HoldAsync(all, stop);
                JobClaim? taken;
                while ((taken = await Leases.ClaimAsync(job.Name, true, stop)) is null)
                    await Task.Delay(20, stop);
                taken.Token.ShouldBe(claim.Token + 1);
                return await all.ExecuteAsync("update jobs set fault = 'late' where name = $1", [job.Name], stop);
            },
            default
        );
        (await Should.ThrowAsync<Exception>(held.WaitAsync(TimeSpan.FromSeconds(30)))).ShouldNotBeOfType<TimeoutException>();
        (await Leases.FindAsync(job.Name, default))!.Fault.ShouldBeNull();
    }
}

/// <summary>The table of jobs: claims, the right to write, and the record of a run.</summary>
public abstract class JobLeaseTests(TestedDatabase database)
{
    private static readonly TimeSpan day = TimeSpan.FromDays(1);

    internal JobLeases Leases => Get<JobLeases>();

    internal JobRounds Rounds => Get<JobRounds>();

    internal Database Database => Get<Database>();

    [Fact]
    public async Task Of_nodes_that_race_one_gets_the_job_and_each_claim_has_a_greater_token()
    {
        var job = await PlantAsync();
        for (var turn = 1; turn <= 5; turn++)
        {
            var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Leases.ClaimAsync(job.Name, false, default)));
            var won = claims.OfType<JobClaim>().ShouldHaveSingleItem();
            (won.Token, won.Attempts).ShouldBe((turn, turn));
            (await Leases.ClaimAsync(job.Name, evenIfNotDue: true, default)).ShouldBeNull();
            await LeaseEndsAsync(job);
        }
    }

    [Fact]
    public async Task A_node_that_slept_through_its_lease_writes_nothing_and_marks_nothing()
    {
        var tenant = await database.Node.NewTenantAsync();
        var job = await PlantAsync();
        var slept = (await Leases.ClaimAsync(job.Name, false, default))!;
        await RenameAsync(slept, "first");
        await LeaseEndsAsync(job);
        // No other node claimed it: it still holds the job.
        await RenameAsync(slept, "second");
        (await Leases.ExtendAsync(slept, default)).ShouldBeTrue();
        await LeaseEndsAsync(job);
        var now = (await Leases.ClaimAsync(job.Name, false, default))!;
        await Should.ThrowAsync<LeaseLostException>(() => RenameAsync(slept, "late"));
        (await database.ScalarAsync("select count(*) from tenants where name = 'second'")).ShouldBe(1L);
        (await Leases.ExtendAsync(slept, default)).ShouldBeFalse();
        (await Leases.FinishAsync(slept, now.At + day, 1, default)).ShouldBeFalse();
        (await Leases.FailAsync(slept, now.At + day, 0, "fault.Late", default)).ShouldBeFalse();
        (await Leases.ReleaseAsync(slept, default)).ShouldBeFalse();
        await RenameAsync(now, "third");
        (await Leases.FinishAsync(now, now.At + day, 1, default)).ShouldBeTrue();
        (await database.ScalarAsync("select count(*) from tenants where name = 'third'")).ShouldBe(1L);

        // Written first and held after: the failed hold rolls the write back.
        Task<int> RenameAsync(JobClaim claim, string name) =>
            Database.WriteAsync(
                tenant.Id,
                async (db, stop) =>
                {
                    const string Rename = "update tenants set name = $2 where tenant_id = $1";
                    var rows = await db.Statements.ExecuteAsync(Rename, [tenant.Id, name], stop);
                    await JobRun.Of(claim, Leases.Lease).HoldAsync(db, stop);
                    return rows;
                },
                default
            );
    }

    [Fact]
    public async Task A_heartbeat_that_comes_after_the_mark_takes_nothing()
    {
        var job = await PlantAsync();
        var claim = (await Leases.ClaimAsync(job.Name, false, default))!;
        (await Leases.FinishAsync(claim, claim.At, 1, default)).ShouldBeTrue();
        (await Leases.ExtendAsync(claim, default)).ShouldBeFalse();
        (await Leases.FindAsync(job.Name, default))!.LeaseUntil.ShouldBeNull();
        (await Leases.ClaimAsync(job.Name, false, default))!.Token.ShouldBe(claim.Token + 1);
    }

    [Fact]
    public async Task Times_that_were_missed_are_one_run()
    {
        var job = new PlantedJob(PlantedJob.NewName("missed")) { Schedule = JobSchedule.Cron("* * * * *") };
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Waiting);
        await database.AgeAsync("jobs.due_at", day);
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Done);
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Waiting);
        job.Rounds.ShouldBe(1);
    }

    [Fact]
    public async Task Back_off_doubles_to_an_hour_is_kept_over_a_restart_and_ends_with_a_success()
    {
        var job = new PlantedJob(PlantedJob.NewName("failing")) { Fault = new IOException() };
        foreach (var minutes in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Postponed);
            var state = (await Leases.FindAsync(job.Name, default))!;
            (state.Outcome, state.Fault, state.Holder).ShouldBe(("failed", "fault.IOException", null));
            state.Wait.ShouldBe(TimeSpan.FromMinutes(minutes), TimeSpan.FromSeconds(20));
            // Another process, which has only the row.
            var restarted = await database.StartNodeAsync();
            var waits = await restarted.Services.GetRequiredService<JobRounds>().RunAsync(job, default);
            waits.Outcome.ShouldBe(JobOutcome.Waiting);
            waits.Wait.ShouldBe(TimeSpan.FromMinutes(minutes), TimeSpan.FromSeconds(30));
            await restarted.DisposeAsync();
            await database.AgeAsync("jobs.due_at", TimeSpan.FromMinutes(minutes));
        }

        job.Fault = null;
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Done);
        var done = (await Leases.FindAsync(job.Name, default))!;
        (done.Outcome, done.Fault, done.Attempts).ShouldBe(("done", null, 0));
        done.Wait.ShouldBe(job.Schedule.Interval!.Value, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_changed_schedule_is_due_anew_and_a_run_that_is_owed_stays_owed()
    {
        var name = PlantedJob.NewName("changed");
        await PrepareAsync(new PlantedJob(name));
        var owed = await PrepareAsync(new PlantedJob(name) { Schedule = JobSchedule.Every(TimeSpan.FromHours(3)) });
        (owed.Schedule, owed.Wait <= TimeSpan.Zero).ShouldBe(("every 03:00:00", true));
        var claim = (await Leases.ClaimAsync(name, false, default))!;
        await Leases.FinishAsync(claim, claim.At + TimeSpan.FromHours(3), 0, default);
        (await PrepareAsync(new PlantedJob(name) { Schedule = JobSchedule.Every(TimeSpan.FromHours(3)) })).Wait.ShouldBe(
            TimeSpan.FromHours(3),
            TimeSpan.FromSeconds(20)
        );
        (await PrepareAsync(new PlantedJob(name))).Wait.ShouldBe(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(20));
    }

    internal async Task<PlantedJob> PlantAsync()
    {
        var job = new PlantedJob(PlantedJob.NewName("leased"));
        await PrepareAsync(job);
        return job;
    }

    internal Task LeaseEndsAsync(IJob job) =>
        database.ExecuteAsync(
            database is OnSqlite
                ? $"update jobs set lease_until = lease_until - 3600000000 where name = '{job.Name}'"
                : $"update jobs set lease_until = lease_until - interval '1 hour' where name = '{job.Name}'"
        );

    private async Task<JobState> PrepareAsync(IJob job) =>
        await Leases.PrepareAsync(job, (await Get<NodeClock>().ReadAsync(default)).Database, default);

    private T Get<T>()
        where T : notnull => database.Node.Services.GetRequiredService<T>();
}

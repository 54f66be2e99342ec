using Hatcheck.Platform.Jobs;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Jobs;

public sealed class JobFaultsOnSqlite(OnSqlite database) : JobFaultTests(database), IClassFixture<OnSqlite>;

public sealed class JobFaultsOnPostgres(OnPostgres database) : JobFaultTests(database), IClassFixture<OnPostgres>;

/// <summary>Jobs with a broken row, part or clock.</summary>
public abstract class JobFaultTests(TestedDatabase database)
{
    private static readonly TimeSpan year = TimeSpan.FromDays(365);

    private JobLeases Leases => database.Node.Services.GetRequiredService<JobLeases>();

    private JobRounds Rounds => database.Node.Services.GetRequiredService<JobRounds>();

    [Fact]
    public async Task A_job_whose_claim_fails_waits_before_it_is_tried_again()
    {
        var job = new PlantedJob(PlantedJob.NewName("unclaimed"));
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Done);
        await database.AgeAsync("jobs.due_at", TimeSpan.FromHours(1));
        await using (await SpoiltRows.PlantAsync(database, "jobs", "update", Of(job)))
            (await Rounds.RunAsync(job, default)).ShouldBe(new JobRound(JobOutcome.Postponed, JobRounds.FirstBackOff));
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Done);
        job.Rounds.ShouldBe(2);
    }

    [Fact]
    public async Task A_job_that_fails_and_whose_failure_can_not_be_marked_waits_too()
    {
        SpoiltRows? spoilt = null;
        var name = PlantedJob.NewName("unmarked");
        var job = new PlantedJob(
            name,
            async (_, _) =>
            {
                spoilt = await SpoiltRows.PlantAsync(database, "jobs", "update", $"row.name = '{name}'");
                throw new IOException();
            }
        );
        var round = await Rounds.RunAsync(job, default);
        await spoilt!.DisposeAsync();
        round.ShouldBe(new JobRound(JobOutcome.Postponed, JobRounds.FirstBackOff));
    }

    [Fact]
    public async Task A_part_that_fails_keeps_no_other_and_the_run_has_failed_with_what_was_done()
    {
        var job = new PlantedJob(
            PlantedJob.NewName("parts"),
            (_, stop) =>
                JobParts.EachAsync(
                    [1, 2, 3, 4],
                    part => part == 2 ? throw new IOException() : Task.FromResult(part),
                    (_, _) => { },
                    stop
                )
        );
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Postponed);
        var state = (await Leases.FindAsync(job.Name, default))!;
        (state.Outcome, state.Done, state.Fault, state.Attempts).ShouldBe(("failed", 8, "fault.IOException, 1 of 4", 1));
        state.Wait.ShouldBe(JobRounds.FirstBackOff, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Where_the_database_is_away_the_parts_that_are_left_are_not_tried()
    {
        var tried = 0;
        var fault = await Should.ThrowAsync<PartlyFailedException>(() =>
            JobParts.EachAsync(
                [.. Enumerable.Range(0, 10)],
                _ =>
                {
                    tried++;
                    throw new TimeoutException();
                },
                (_, _) => { },
                default
            )
        );
        (tried, JobParts.CodeOf(fault)).ShouldBe((3, "database.unavailable, 3 of 10"));
        // A part that has lost the lease ends the run.
        await Should.ThrowAsync<LeaseLostException>(() =>
            JobParts.EachAsync([1, 2], _ => throw new LeaseLostException("planted"), (_, _) => { }, default)
        );
    }

    [Fact]
    public async Task A_run_that_a_clock_set_forward_has_put_off_for_a_year_is_made_up_for_once()
    {
        var job = new PlantedJob(PlantedJob.NewName("stray"));
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Done);
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Waiting);
        await database.AgeAsync("jobs.due_at", -year);
        var stray = (await Leases.FindAsync(job.Name, default))!.DueAt;
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Done);
        // Another node had read the same row.
        (await Leases.ClaimAsync(job.Name, evenIfNotDue: false, stray, default)).ShouldBeNull();
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Waiting);
        (await Leases.FindAsync(job.Name, default))!.Wait.ShouldBe(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_schedule_of_years_and_the_longest_back_off_are_no_fault_of_a_clock()
    {
        var brief = new PlantedJob(PlantedJob.NewName("brief")) { Schedule = JobSchedule.Every(TimeSpan.FromMinutes(1)) };
        (await Rounds.RunAsync(brief, default)).Outcome.ShouldBe(JobOutcome.Done);
        await database.AgeAsync("jobs.due_at", TimeSpan.FromMinutes(-59));
        (await Rounds.RunAsync(brief, default)).Outcome.ShouldBe(JobOutcome.Waiting);
        var rare = new PlantedJob(PlantedJob.NewName("rare")) { Schedule = JobSchedule.Cron("0 0 29 2 *") };
        for (var round = 0; round < 2; round++)
            (await Rounds.RunAsync(rare, default)).Outcome.ShouldBe(JobOutcome.Waiting);
        (rare.Rounds, brief.Rounds).ShouldBe((0, 1));
    }

    [Fact]
    public async Task A_lease_that_ends_in_a_year_has_ended()
    {
        var job = new PlantedJob(PlantedJob.NewName("kept"));
        (await Rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Done);
        var claim = (await Leases.ClaimAsync(job.Name, evenIfNotDue: true, default))!;
        (await Leases.ClaimAsync(job.Name, evenIfNotDue: true, default)).ShouldBeNull();
        await database.AgeAsync("jobs.lease_until", -year);
        (await Leases.FindAsync(job.Name, default))!.Holder.ShouldBeNull();
        (await Leases.ClaimAsync(job.Name, evenIfNotDue: true, default))!.Token.ShouldBe(claim.Token + 1);
    }

    private static string Of(PlantedJob job) => $"row.name = '{job.Name}'";
}

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Hatcheck.Platform;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Hatcheck.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hatcheck.Tests.Jobs;

/// <summary>The runner's guarantees to every job, with leases and without, in a time that the test controls.</summary>
public sealed class JobRunnerTests : IClassFixture<OnSqlite>, IAsyncDisposable
{
    private static readonly TimeSpan minute = TimeSpan.FromMinutes(1);
    private readonly ManualTime time = new(DateTimeOffset.UtcNow);
    private readonly SqliteEngine engine;
    private readonly JobLeases leases;
    private readonly JobRounds rounds;

    public JobRunnerTests(OnSqlite database)
    {
        engine = new SqliteEngine(
            Options.Create(new DatabaseOptions()),
            Options.Create(new DataOptions { Folder = database.Folder }),
            time
        );
        leases = new JobLeases(engine, Options.Create(new JobOptions()));
        rounds = new JobRounds(
            leases,
            new NodeClock(engine, time, NullLogger<NodeClock>.Instance),
            time,
            NullLogger<JobRounds>.Instance
        );
    }

    public async ValueTask DisposeAsync()
    {
        rounds.Dispose();
        await engine.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_runs_at_its_first_start_then_at_its_interval_and_one_per_node_at_the_stop_if_it_says_so(bool perNode)
    {
        var plain = new PlantedJob(PlantedJob.NewName("plain")) { IsPerNode = perNode };
        var last = new PlantedJob(PlantedJob.NewName("last")) { IsPerNode = true, RunsAtStop = true };
        using var runner = await StartAsync(plain, last);
        (await plain.RanAsync(1), await last.RanAsync(1)).ShouldBe((1, 1));
        await PassAsync(9, 2);
        (plain.Rounds, last.Rounds).ShouldBe((1, 1));
        await PassAsync(1, 2);
        (await plain.RanAsync(2), await last.RanAsync(2)).ShouldBe((2, 2));
        await runner.StopAsync(default);
        (plain.Rounds, last.Rounds).ShouldBe((2, 3));
    }

    public static TheoryData<string, bool> Faults() =>
        new()
        {
            { "out of time", true },
            { "no disk", true },
            { "out of time", false },
            { "no disk", false },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_job_that_fails_is_made_up_for_after_a_minute_and_keeps_no_other(string kind, bool perNode)
    {
        // Its own time-out does not mean that the server stops.
        Exception fault = kind == "no disk" ? new IOException() : new TaskCanceledException();
        var bad = new PlantedJob(PlantedJob.NewName("bad")) { Fault = fault, IsPerNode = perNode };
        var good = new PlantedJob(PlantedJob.NewName("good")) { IsPerNode = perNode };
        using var runner = await StartAsync(bad, good);
        (await bad.RanAsync(1), await good.RanAsync(1)).ShouldBe((1, 1));
        await PassAsync(perNode ? 1 : 2, 2);
        (await bad.RanAsync(2), good.Rounds).ShouldBe((2, 1));
        await runner.StopAsync(default);
    }

    [Fact]
    public async Task A_job_that_this_node_never_can_do_and_one_that_is_off_do_not_run_again()
    {
        var never = new PlantedJob(PlantedJob.NewName("never")) { Fault = new OperatorException("no role") };
        var off = new PlantedJob(PlantedJob.NewName("off")) { IsOn = false };
        using var runner = await StartAsync(never, off);
        // Ended, not asleep until the next round.
        await runner.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromHours(1));
        await runner.StopAsync(default);
        (never.Rounds, off.Rounds).ShouldBe((1, 0));
        // It stays due, for a capable node.
        var left = (await leases.FindAsync(never.Name, default))!;
        (left.Holder, left.Attempts, left.Wait <= TimeSpan.Zero).ShouldBe((null, 0, true));
    }

    [Fact]
    public async Task A_stopped_server_gives_its_job_back_as_if_it_had_not_been_tried()
    {
        var begun = new TaskCompletionSource();
        var endless = new PlantedJob(
            PlantedJob.NewName("endless"),
            async (_, stop) =>
            {
                begun.SetResult();
                await Task.Delay(Timeout.Infinite, stop);
                return 0;
            }
        );
        using var runner = await StartAsync(endless);
        await begun.Task;
        (await leases.FindAsync(endless.Name, default))!.Holder.ShouldNotBeNull();
        await runner.StopAsync(default);
        var left = (await leases.FindAsync(endless.Name, default))!;
        (left.Holder, left.Attempts, left.Outcome, left.Wait <= TimeSpan.Zero).ShouldBe((null, 0, null, true));
    }

    [Fact]
    public async Task Each_round_says_how_it_ended_and_is_counted_by_job_and_outcome()
    {
        var name = PlantedJob.NewName("round");
        var counted = new ConcurrentQueue<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, heard) =>
        {
            if (instrument.Name == "hatcheck.jobs.rounds")
                heard.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(
            (_, count, tags, _) =>
            {
                // Other tests' jobs are counted too.
                var of = tags.ToArray().ToDictionary(StringComparer.Ordinal);
                if (Equals(of["hatcheck.job"], name))
                    counted.Enqueue($"{of["hatcheck.outcome"]} {count}");
            }
        );
        listener.Start();
        var each = JobSchedule.Every(minute);
        async Task<JobOutcome> OutcomeAsync(Exception? fault) =>
            (await rounds.RunAsync(new PlantedJob(name) { Fault = fault, Schedule = each }, default)).Outcome;
        (await OutcomeAsync(null)).ShouldBe(JobOutcome.Done);
        time.Advance(minute);
        (await OutcomeAsync(new OperatorException("no role"))).ShouldBe(JobOutcome.Impossible);
        (await OutcomeAsync(new LeaseLostException(name))).ShouldBe(JobOutcome.Lost);
        time.Advance(minute);
        (await OutcomeAsync(new IOException())).ShouldBe(JobOutcome.Postponed);
        (await OutcomeAsync(null)).ShouldBe(JobOutcome.Waiting);
        counted.ShouldBe(["done 1", "impossible 1", "lost 1", "postponed 1"]);
    }

    [Fact]
    public void Two_jobs_of_one_name_stop_the_start()
    {
        var fault = Should.Throw<InvalidOperationException>(() => Of("beside", new PlantedJob("same"), new PlantedJob("same")));
        fault.Message.ShouldContain("same");
    }

    [Fact]
    public async Task A_node_without_jobs_does_what_is_its_own_all_the_same()
    {
        var ours = new PlantedJob(PlantedJob.NewName("ours"));
        var own = new PlantedJob(PlantedJob.NewName("own")) { IsPerNode = true };
        using var runner = Of("none", ours, own);
        await runner.StartAsync(default);
        (await own.RanAsync(1)).ShouldBe(1);
        await runner.StopAsync(default);
        (ours.Rounds, await leases.FindAsync(ours.Name, default)).ShouldBe((0, null));
    }

    /// <summary>Lets minutes pass, one by one; before each, this many jobs must wait for the clock.</summary>
    private async Task PassAsync(int minutes, int jobs)
    {
        for (var passed = 0; passed < minutes; passed++)
        {
            await AsleepAsync(jobs);
            time.Advance(minute);
        }

        await AsleepAsync(jobs);
    }

    private async Task AsleepAsync(int jobs)
    {
        for (var i = 0; i < 3000 && time.Waiting < jobs; i++)
            await Task.Delay(10);
        time.Waiting.ShouldBe(jobs);
    }

    private async Task<JobRunner> StartAsync(params IJob[] jobs)
    {
        var runner = Of("beside", jobs);
        await runner.StartAsync(default);
        return runner;
    }

    private JobRunner Of(string run, params IJob[] jobs) => new(jobs, rounds, Options.Create(new JobOptions { Run = run }), time);
}

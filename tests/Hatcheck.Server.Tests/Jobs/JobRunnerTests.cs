using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Jobs;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Tests.Support;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hatcheck.Server.Tests.Jobs;

/// <summary>What the one runner promises to every job.</summary>
public sealed class JobRunnerTests(OnSqlite database) : IClassFixture<OnSqlite>
{
    private readonly ManualTime time = new();

    [Fact]
    public async Task A_job_runs_at_the_start_then_at_its_interval_and_at_the_stop_if_it_says_so()
    {
        var (plain, last) = (new Planted("plain"), new Planted("last") { RunsAtStop = true });
        using var runner = await StartAsync(plain, last);
        (await plain.RanAsync(1), await last.RanAsync(1)).ShouldBe((1, 1));
        await AsleepAsync(2);
        time.Advance(TimeSpan.FromMinutes(10));
        (await plain.RanAsync(2), await last.RanAsync(2)).ShouldBe((2, 2));
        await runner.StopAsync(default);
        (plain.Rounds, last.Rounds).ShouldBe((2, 3));
    }

    public static TheoryData<string> Faults() => ["out of time", "no disk"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_job_that_fails_is_made_up_for_after_a_minute_and_keeps_no_other(string kind)
    {
        // A time-out of its own is no stop of the server.
        Exception fault = kind == "no disk" ? new IOException() : new TaskCanceledException();
        var (bad, good) = (new Planted("bad") { Fault = fault }, new Planted("good"));
        using var runner = await StartAsync(bad, good);
        (await bad.RanAsync(1), await good.RanAsync(1)).ShouldBe((1, 1));
        await AsleepAsync(2);
        time.Advance(TimeSpan.FromMinutes(1));
        (await bad.RanAsync(2), good.Rounds).ShouldBe((2, 1));
        await runner.StopAsync(default);
    }

    [Fact]
    public async Task A_job_that_this_node_never_can_do_and_one_that_is_off_do_not_run_again()
    {
        var (never, off) = (new Planted("never") { Fault = new OperatorException("no role") }, new Planted("off") { IsOn = false });
        using var runner = await StartAsync(never, off);
        // Ended, not asleep until the next round.
        await runner.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromHours(1));
        await runner.StopAsync(default);
        (never.Rounds, off.Rounds).ShouldBe((1, 0));
    }

    [Fact]
    public async Task Each_round_says_how_it_ended()
    {
        using var runner = Of();
        (await runner.RunAsync(new Planted("done"), default)).ShouldBe(JobOutcome.Done);
        (await runner.RunAsync(new Planted("bad") { Fault = new IOException() }, default)).ShouldBe(JobOutcome.Postponed);
        (await runner.RunAsync(new Planted("never") { Fault = new OperatorException("no role") }, default)).ShouldBe(JobOutcome.Impossible);
    }

    [Fact]
    public void Two_jobs_of_one_name_stop_the_start() =>
        Should.Throw<InvalidOperationException>(() => Of(new Planted("same"), new Planted("same"))).Message.ShouldContain("same");

    /// <summary>Waits until so many jobs wait for the clock: moved before, it would not wake them.</summary>
    private async Task AsleepAsync(int jobs)
    {
        for (var i = 0; i < 500 && time.Waiting < jobs; i++) await Task.Delay(10);
        time.Waiting.ShouldBe(jobs);
    }

    private async Task<JobRunner> StartAsync(params IJob[] jobs)
    {
        var runner = Of(jobs);
        await runner.StartAsync(default);
        return runner;
    }

    private JobRunner Of(params IJob[] jobs) =>
        new(jobs, database.Node.Services.GetRequiredService<NodeClock>(), time, NullLogger<JobRunner>.Instance);

    private sealed class Planted(string name) : IJob
    {
        private int rounds;

        public int Rounds => rounds;

        public Exception? Fault { get; init; }

        public string Name => name;

        public string Counts => "rounds planted";

        public TimeSpan Interval => TimeSpan.FromMinutes(10);

        public bool IsOn { get; init; } = true;

        public bool RunsAtStop { get; init; }

        public Task<int> RunAsync(CancellationToken cancellation)
        {
            Interlocked.Increment(ref rounds);
            return Fault is null ? Task.FromResult(0) : throw Fault;
        }

        /// <summary>Waits until it has run so often.</summary>
        public async Task<int> RanAsync(int times)
        {
            for (var i = 0; i < 500 && rounds < times; i++) await Task.Delay(10);
            return rounds;
        }
    }
}

using Hatcheck.Platform.Jobs;
using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hatcheck.Tests.Jobs;

/// <summary>Several nodes on one PostgreSQL.</summary>
public sealed class JobClusterTests
{
    [Fact]
    public async Task A_job_that_takes_longer_than_its_interval_and_its_lease_runs_once_at_a_time_on_three_nodes()
    {
        await using var database = new OnPostgres();
        database.Settings["Jobs:Lease"] = "00:00:03";
        await database.InitializeAsync();
        var (now, most) = (0, 0);
        var name = PlantedJob.NewName("long");
        var often = JobSchedule.Every(TimeSpan.FromMilliseconds(200));
        var jobs = Enumerable.Range(0, 3).Select(_ => new PlantedJob(name, LongAsync) { Schedule = often }).ToList();
        foreach (var job in jobs)
            await database.StartNodeAsync(services => services.AddSingleton<IJob>(job));
        for (var i = 0; i < 3000 && jobs.Sum(job => job.Rounds) < 3; i++)
            await Task.Delay(10);
        most.ShouldBe(1);
        var tokens = jobs.SelectMany(job => job.Tokens).Order().ToList();
        tokens.ShouldBe([.. Enumerable.Range(1, tokens.Count).Select(token => (long)token)]);
        tokens.Count.ShouldBeGreaterThanOrEqualTo(3);

        async Task<int> LongAsync(JobRun run, CancellationToken cancellation)
        {
            var here = Interlocked.Increment(ref now);
            most = Math.Max(most, here);
            try
            {
                await Task.Delay(4_500, cancellation);
                return 1;
            }
            finally
            {
                Interlocked.Decrement(ref now);
            }
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(-100)]
    public async Task What_is_due_goes_by_the_databases_clock_whatever_the_nodes_says(int seconds)
    {
        await using var database = new OnPostgres();
        await database.InitializeAsync();
        var job = new PlantedJob(PlantedJob.NewName("skewed")) { Schedule = JobSchedule.Every(TimeSpan.FromMinutes(1)) };
        (await database.Node.Services.GetRequiredService<JobRounds>().RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Done);
        // Close enough for housekeeping.
        var rounds = await SkewedAsync(database, TimeSpan.FromSeconds(seconds));
        var early = await rounds.RunAsync(job, default);
        early.Outcome.ShouldBe(JobOutcome.Waiting);
        early.Wait.ShouldBe(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30));
        await database.AgeAsync("jobs.due_at", TimeSpan.FromMinutes(1));
        (await rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Done);
        (await database.Node.Services.GetRequiredService<JobLeases>().FindAsync(job.Name, default))!.Wait.ShouldBe(
            TimeSpan.FromMinutes(1),
            TimeSpan.FromSeconds(30)
        );
    }

    [Fact]
    public async Task A_node_whose_clock_is_wrong_takes_no_housekeeping_and_leaves_it_to_the_others()
    {
        await using var database = new OnPostgres();
        await database.InitializeAsync();
        var job = new PlantedJob(PlantedJob.NewName("wrong"));
        var rounds = await SkewedAsync(database, TimeSpan.FromDays(31));
        (await rounds.RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Postponed);
        job.Rounds.ShouldBe(0);
        (await database.Node.Services.GetRequiredService<JobRounds>().RunAsync(job, default)).Outcome.ShouldBe(JobOutcome.Done);
        job.Tokens.ShouldBe([1]);
    }

    [Fact]
    public async Task A_database_that_is_killed_again_and_again_leaves_one_run_at_a_time_and_jobs_that_go_on()
    {
        await using var database = await OnOwnPostgres.StartAsync(settings: ("Jobs:Lease", "00:00:01"));
        await database.ExecuteAsync(
            "create table job_writes (id bigint generated always as identity, token bigint not null); "
                + "grant select, insert on job_writes to public"
        );
        var often = JobSchedule.Every(TimeSpan.FromMilliseconds(50));
        var name = PlantedJob.NewName("restarted");
        var nodes = new List<Node>();
        var jobs = new List<PlantedJob>();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var own = nodes.Count;
            jobs.Add(new PlantedJob(name, (run, stop) => WriteTwiceAsync(() => nodes[own], run, stop)) { Schedule = often });
            nodes.Add(await database.StartNodeAsync(services => services.AddSingleton<IJob>(jobs[own])));
        }

        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var kill = 0; kill < 4; kill++)
        {
            var before = jobs.Sum(job => job.Rounds);
            for (var i = 0; i < 3000 && jobs.Sum(job => job.Rounds) < before + 2; i++)
                await Task.Delay(10);
            jobs.Sum(job => job.Rounds).ShouldBeGreaterThanOrEqualTo(before + 2, $"seed {seed}: it goes on after {kill} kills");
            await Task.Delay(random.Next(0, 200));
            await database.Server.KillAsync();
            await Task.Delay(random.Next(0, 300));
            await database.Server.StartAgainAsync();
        }

        // Not from the pool, whose connections died with the server.
        await using var connection = new NpgsqlConnection($"{database.Database.SuperUser};Pooling=false");
        await connection.OpenAsync();
        var rows = await connection.RowsAsync("select token from job_writes order by id");
        var tokens = rows.ConvertAll(row => long.Parse(row, null));
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}: {tokens.Count} writes, last token {tokens[^1]}");
        tokens.ShouldBe([.. tokens.Order()], customMessage: $"seed {seed}: no write of a run comes after one of a later run");
        tokens.GroupBy(token => token).ShouldAllBe(run => run.Count() <= 2);
    }

    [Fact]
    public async Task A_claim_in_the_midst_of_which_the_database_is_killed_is_none_and_the_job_runs_once_it_is_back()
    {
        await using var database = await OnOwnPostgres.StartAsync(settings: ("Jobs:Lease", "00:00:01"));
        var name = PlantedJob.NewName("midclaim");
        // A claim waits for a lock of this test, which ends with the server.
        await database.ExecuteAsync(
            $"""
            create function wait_for_the_test() returns trigger language plpgsql as $body$
            begin
                if new.name = '{name}' and new.token > old.token then perform pg_advisory_xact_lock(4712); end if;
                return new;
            end $body$;
            create trigger wait_for_the_test before update on jobs for each row execute function wait_for_the_test();
            """
        );
        await using var held = new NpgsqlConnection($"{database.Database.SuperUser};Pooling=false");
        await held.OpenAsync();
        await held.ScalarAsync("select pg_advisory_lock(4712)");
        var often = JobSchedule.Every(TimeSpan.FromMilliseconds(200));
        var jobs = Enumerable.Range(0, 2).Select(_ => new PlantedJob(name) { Schedule = often }).ToList();
        foreach (var job in jobs)
            await database.StartNodeAsync(services => services.AddSingleton<IJob>(job));
        const string Waiting = "select count(*) from pg_locks where locktype = 'advisory' and objid = 4712 and not granted";
        for (var i = 0; i < 3000 && (long)(await held.ScalarAsync(Waiting))! == 0; i++)
            await Task.Delay(10);
        // The other node skips a row that is being claimed.
        ((long)(await held.ScalarAsync(Waiting))!).ShouldBe(1);
        await database.Server.KillAsync();
        jobs.Sum(job => job.Rounds).ShouldBe(0);
        await database.Server.StartAgainAsync();
        for (var i = 0; i < 3000 && jobs.Sum(job => job.Rounds) < 2; i++)
            await Task.Delay(10);
        var tokens = jobs.SelectMany(job => job.Tokens).Order().ToList();
        tokens.Count.ShouldBeGreaterThanOrEqualTo(2);
        tokens.ShouldBe([.. Enumerable.Range(1, tokens.Count).Select(token => (long)token)]);
    }

    private static async Task<int> WriteTwiceAsync(Func<Node> node, JobRun run, CancellationToken cancellation)
    {
        for (var time = 0; time < 2; time++)
        {
            await node()
                .Services.GetRequiredService<Platform.Storage.Database>()
                .WriteAcrossTenantsAsync(
                    async (all, stop) =>
                    {
                        await run.HoldAsync(all, stop);
                        return await all.ExecuteAsync("insert into job_writes (token) values ($1)", [run.Token], stop);
                    },
                    cancellation
                );
            await Task.Delay(20, cancellation);
        }

        return 2;
    }

    private static async Task<JobRounds> SkewedAsync(OnPostgres database, TimeSpan by)
    {
        var wrong = new ManualTime(DateTimeOffset.UtcNow + by);
        var node = await database.StartNodeAsync(services => services.AddSingleton<TimeProvider>(wrong));
        return node.Services.GetRequiredService<JobRounds>();
    }
}

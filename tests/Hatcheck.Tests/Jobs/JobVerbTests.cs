using System.Text.Json;
using Hatcheck.Platform;
using Hatcheck.Platform.Jobs;
using Hatcheck.ServerKit.Rotation;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.Tests.Jobs;

public sealed class JobVerbsOnSqlite(OnSqlite database) : JobVerbTests(database), IClassFixture<OnSqlite>;

public sealed class JobVerbsOnPostgres(OnPostgres database) : JobVerbTests(database), IClassFixture<OnPostgres>;

/// <summary><c>hatcheck jobs</c>, run by a node that serves.</summary>
public abstract class JobVerbTests(TestedDatabase database)
{
    [Fact]
    public async Task A_list_tells_schedule_last_run_outcome_next_due_and_holder()
    {
        var job = new PlantedJob(PlantedJob.NewName("list"), (_, _) => Task.FromResult(3));
        var own = new PlantedJob(PlantedJob.NewName("own")) { IsPerNode = true };
        var node = await database.StartNodeAsync(services => services.AddSingleton<IJob>(job).AddSingleton<IJob>(own));
        var leases = node.Services.GetRequiredService<JobLeases>();
        for (var i = 0; i < 3000 && (await leases.FindAsync(job.Name, default))?.Outcome is null; i++)
            await Task.Delay(10);
        var listed = await ListAsync(node);
        var one = listed.Single(row => row.GetProperty("name").GetString() == job.Name);
        one.GetProperty("schedule").GetString().ShouldBe("every 00:10:00");
        (one.GetProperty("outcome").GetString(), one.GetProperty("done").GetInt32()).ShouldBe(("done", 3));
        one.GetProperty("attempts").GetInt32().ShouldBe(0);
        var ended = one.GetProperty("ended_at").GetDateTimeOffset();
        one.GetProperty("due_at").GetDateTimeOffset().ShouldBe(ended.AddMinutes(10), TimeSpan.FromSeconds(5));
        one.GetProperty("node").ValueKind.ShouldBe(JsonValueKind.Null);
        listed.Single(row => row.GetProperty("name").GetString() == own.Name).GetProperty("per_node").GetBoolean().ShouldBeTrue();
        listed
            .ConvertAll(row => row.GetProperty("name").GetString())
            .ShouldBeSubsetOf([.. node.Services.GetServices<IJob>().Select(known => known.Name)], StringComparer.Ordinal);

        var claim = (await leases.ClaimAsync(job.Name, evenIfNotDue: true, default))!;
        var lines = (await node.VerbAsync("jobs", "list")).Succeeded().Split('\n');
        lines[0].ShouldBe("job\tschedule\tlast run\toutcome\tnext due\tnode");
        string LineOf(PlantedJob one) => lines.Single(line => line.StartsWith(one.Name, StringComparison.Ordinal));
        LineOf(job).ShouldEndWith($"\t{Environment.MachineName}/{Environment.ProcessId}");
        LineOf(own).ShouldBe($"{own.Name}\tevery 00:10:00, each node\t\t\t\t");
        await leases.ReleaseAsync(claim, default);
    }

    [Fact]
    public async Task A_run_is_made_now_through_the_claim_of_nodes_and_refused_while_one_has_it()
    {
        var job = new PlantedJob(PlantedJob.NewName("run"), (_, _) => Task.FromResult(2));
        var node = await database.StartNodeAsync(services => services.AddSingleton<IJob>(job));
        (await job.RanAsync(1)).ShouldBe(1);
        var leases = node.Services.GetRequiredService<JobLeases>();
        JobClaim? claim;
        while ((claim = await leases.ClaimAsync(job.Name, evenIfNotDue: true, default)) is null)
            await Task.Delay(10);
        var refused = await node.VerbAsync("jobs", "run", job.Name);
        (refused.ExitCode, refused.Output).ShouldBe((1, ""));
        refused.Error.ShouldContain($"{Environment.MachineName}/{Environment.ProcessId} has the job {job.Name} at this moment.");
        await leases.ReleaseAsync(claim, default);

        var ran = await node.VerbAsync("jobs", "run", job.Name);
        (ran.ExitCode, ran.Output, ran.Error).ShouldBe((0, "", "Done: 2 rounds planted.\n"));
        var json = JsonDocument.Parse((await node.VerbAsync("jobs", "run", job.Name, "--json")).Succeeded()).RootElement;
        (json.GetProperty("name").GetString(), json.GetProperty("done").GetInt32()).ShouldBe((job.Name, 2));
        (job.Rounds, job.Tokens[^1]).ShouldBe((3, 4));
    }

    [Fact]
    public async Task What_can_not_be_run_is_said_with_its_exit_code()
    {
        var bad = new PlantedJob(PlantedJob.NewName("bad"));
        var own = new PlantedJob(PlantedJob.NewName("own")) { IsPerNode = true };
        var off = new PlantedJob(PlantedJob.NewName("off")) { IsOn = false };
        var node = await database.StartNodeAsync(services =>
            services.AddSingleton<IJob>(bad).AddSingleton<IJob>(own).AddSingleton<IJob>(off)
        );
        await bad.RanAsync(1);
        var unknown = await node.VerbAsync("jobs", "run", "purg");
        unknown.ExitCode.ShouldBe(2);
        unknown.Error.ShouldContain("There is no job purg. Did you mean purge?");
        (await node.VerbAsync("jobs", "run", own.Name)).ExitCode.ShouldBe(2);
        (await node.VerbAsync("jobs", "run", off.Name)).ExitCode.ShouldBe(1);
        bad.Fault = new OperatorException("Needs a role.");
        while (await node.VerbAsync("jobs", "run", bad.Name) is var refused)
        {
            refused.ExitCode.ShouldBe(1);
            // The node may be in its own run.
            if (refused.Error.Contains("at this moment", StringComparison.Ordinal))
                continue;
            refused.Error.ShouldBe("hatcheck: Needs a role.\n");
            break;
        }

        bad.Fault = new IOException();
        (await node.VerbAsync("jobs", "run", bad.Name)).ExitCode.ShouldBe(1);
        var failed = (await ListAsync(node)).Single(row => row.GetProperty("name").GetString() == bad.Name);
        failed.GetProperty("outcome").GetString().ShouldBe("failed");
        failed.GetProperty("fault").GetString().ShouldBe("fault.IOException");
        (own.Rounds, off.Rounds).ShouldBe((1, 0));
    }

    private static async Task<List<JsonElement>> ListAsync(Node node) =>
        [.. JsonDocument.Parse((await node.VerbAsync("jobs", "list", "--json")).Succeeded()).RootElement.EnumerateArray()];
}

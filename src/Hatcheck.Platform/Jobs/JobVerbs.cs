using System.CommandLine;
using System.Text.Json.Serialization;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Platform.Jobs;

/// <summary>A job as the operator sees it; without times if it is per node or never ran. <c>Node</c> holds it now.</summary>
internal sealed record JobView(
    string Name,
    string Schedule,
    bool PerNode,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? Outcome,
    int? Done,
    string? Fault,
    int Attempts,
    DateTimeOffset? DueAt,
    string? Node
);

/// <summary>The result of <c>jobs run</c>.</summary>
internal sealed record JobDone(string Name, int Done);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<JobView>))]
[JsonSerializable(typeof(JobDone))]
internal sealed partial class JobVerbJson : JsonSerializerContext;

/// <summary>Verbs for the installation's jobs: list their runs and due times, and run one now.</summary>
internal static class JobVerbs
{
    public static VerbGroup Of(IVerbHost host) =>
        new("jobs", [List(host), Run(host)])
        {
            Description = "Lists the installation's jobs, and runs one now.",
            Examples = ["hatcheck jobs list", "hatcheck jobs run purge"],
        };

    private static DatabaseVerb List(IVerbHost host)
    {
        var verb = new DatabaseVerb(
            host,
            "list",
            "Lists every job: its schedule, its last run and how that ended, when it is due next, and which node has it.",
            "hatcheck jobs list",
            "hatcheck jobs list --json"
        );
        verb.Does(
            async (run, stop) =>
            {
                var states = (await run.Get<JobLeases>().ListAsync(stop)).ToDictionary(
                    state => state.Job,
                    StringComparer.Ordinal
                );
                IReadOnlyList<JobView> jobs =
                [
                    .. run.Get<IEnumerable<IJob>>()
                        .OrderBy(job => job.Name, StringComparer.Ordinal)
                        .Select(job => View(job, states.GetValueOrDefault(job.Name))),
                ];
                return run.Table(
                    jobs,
                    JobVerbJson.Default.IReadOnlyListJobView,
                    ["job", "schedule", "last run", "outcome", "next due", "node"],
                    jobs.Select(Cells)
                );
            }
        );
        return verb;
    }

    private static DatabaseVerb Run(IVerbHost host)
    {
        var name = new Argument<string>("job") { Description = "The job's name; `hatcheck jobs list` shows them." };
        var verb = new DatabaseVerb(
            host,
            "run",
            "Runs a job now, due or not, through the same claim as nodes do. Refuses while another node has it.",
            "hatcheck jobs run purge",
            "hatcheck jobs run session-purge --json"
        )
        {
            name,
        };
        verb.Does(
            async (run, stop) =>
            {
                var job = Find(run, run.Value(name));
                JobRound round;
                try
                {
                    round = await run.Get<JobRounds>().RunNowAsync(job, job.RunAsync, stop);
                }
                catch (PartlyFailedException partly)
                {
                    throw new OperatorException(
                        $"Done: {partly.Done} {job.Counts}, but a part failed ({JobParts.CodeOf(partly)}). Nodes try it again."
                    );
                }

                if (round.Outcome != JobOutcome.Done)
                    throw await RefusalAsync(run, job, round, stop);
                var words = $"Done: {round.Count} {job.Counts}.";
                return run.Done(new JobDone(job.Name, round.Count), JobVerbJson.Default.JobDone, words);
            }
        );
        return verb;
    }

    /// <summary>Explains why a requested run did not happen, and what to do.</summary>
    public static async Task<OperatorException> RefusalAsync(
        VerbRun run,
        IJob job,
        JobRound round,
        CancellationToken cancellation
    )
    {
        if (round.Outcome == JobOutcome.Lost)
            return new($"Another node took the job {job.Name} over before it was done. `hatcheck jobs list` shows which.");
        if (round.Outcome == JobOutcome.Postponed)
            return new($"The job {job.Name} did not run. {(await run.Get<NodeClock>().ReadAsync(cancellation)).Warning}");
        var node = (await run.Get<JobLeases>().FindAsync(job.Name, cancellation))?.Holder ?? "Another node";
        return new(
            $"{node} has the job {job.Name} at this moment. There is nothing to do; `hatcheck jobs list` shows how it ends."
        );
    }

    private static IJob Find(VerbRun run, string name)
    {
        var all = run.Get<IEnumerable<IJob>>().ToList();
        var job =
            all.Find(one => one.Name == name)
            ?? throw new UsageException($"There is no job {name}.{Nearest.Ask(name, all.Select(one => one.Name))}");
        if (job.IsPerNode)
            throw new UsageException($"Each node runs {name} for itself, {job.Schedule.Text}; there is nothing to run here.");
        return job.IsOn ? job : throw new OperatorException($"The settings of this command line turn the job {name} off.");
    }

    private static JobView View(IJob job, JobState? state) =>
        job.IsPerNode || state is null
            ? new(job.Name, job.Schedule.Text, job.IsPerNode, null, null, null, null, null, 0, null, null)
            : new(
                job.Name,
                state.Schedule,
                PerNode: false,
                state.StartedAt,
                state.EndedAt,
                state.Outcome,
                state.Done,
                state.Fault,
                state.Attempts,
                state.DueAt,
                state.Holder
            );

    private static IReadOnlyList<string> Cells(JobView job)
    {
        var schedule = job.PerNode ? $"{job.Schedule}, each node" : job.Schedule;
        return [job.Name, schedule, $"{job.StartedAt:u}", Outcome(job), $"{job.DueAt:u}", job.Node ?? ""];
    }

    private static string Outcome(JobView job) =>
        job.Outcome switch
        {
            null => "",
            "done" => $"done, {job.Done}",
            var other => $"{other} ({job.Fault}), attempt {job.Attempts}",
        };
}

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Telemetry;

namespace Hatcheck.Platform.Jobs;

/// <summary>How one round of a job ended.</summary>
internal enum JobOutcome
{
    Done,

    /// <summary>This node's clock is wrong, or something failed: it is tried again.</summary>
    Postponed,

    /// <summary>This node never can.</summary>
    Impossible,

    /// <summary>Another node took the job while this one slept or could not reach the database.</summary>
    Lost,

    /// <summary>Nothing was done: it is not due, or another node has it.</summary>
    Waiting,
}

/// <summary>One round.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Wait">How long until the next one makes sense.</param>
/// <param name="Count">How much was done.</param>
internal sealed record JobRound(JobOutcome Outcome, TimeSpan Wait = default, int Count = 0);

/// <summary>One round of a job: claimed, kept alive by heartbeats while it runs, and marked with how it ended.</summary>
internal sealed partial class JobRounds : IDisposable
{
    /// <summary>Exported with the other meters; see docs/operations/telemetry.md.</summary>
    public const string MeterName = "Hatcheck.Jobs";

    /// <summary>
    /// After a first failure, or the interval if that is shorter; each further one doubles it, up to an hour. A node also looks
    /// this often.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestPatience = TimeSpan.FromHours(1);

    /// <summary>A clock that is set right by less makes no run happen twice.</summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(2);

    private readonly Meter meter = new(MeterName);
    private readonly Counter<long> rounds;
    private readonly ConcurrentDictionary<string, bool> failing = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> prepared = new(StringComparer.Ordinal);
    private readonly JobLeases leases;
    private readonly NodeClock clock;
    private readonly TimeProvider time;
    private readonly ILogger<JobRounds> logger;

    public JobRounds(JobLeases leases, NodeClock clock, TimeProvider time, ILogger<JobRounds> logger)
    {
        (this.leases, this.clock, this.time, this.logger) = (leases, clock, time, logger);
        rounds = meter.CreateCounter<long>("hatcheck.jobs.rounds", description: "Rounds of jobs, by job and outcome.");
    }

    /// <summary>One round, if the job is due and free. Never throws but for <paramref name="cancellation"/>.</summary>
    public async Task<JobRound> RunAsync(IJob job, CancellationToken cancellation)
    {
        var round = await TryAsync(job, cancellation);
        if (round.Outcome == JobOutcome.Waiting)
            return round;
        rounds.Add(1, new("hatcheck.job", job.Name), new("hatcheck.outcome", round.Outcome.ToString().ToLowerInvariant()));
        return round;
    }

    /// <summary>One round now, for an operator, due or not. Throws what the work failed with, once that is marked.</summary>
    /// <param name="job">Not one that is per node.</param>
    /// <param name="work">What it does; most often the job's own <see cref="IJob.RunAsync"/>.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="OperatorException">This process never can.</exception>
    public async Task<JobRound> RunNowAsync(
        IJob job,
        Func<JobRun, CancellationToken, Task<int>> work,
        CancellationToken cancellation
    )
    {
        if (job.IsHousekeeping && !await clock.MayHousekeepAsync(job.Name, cancellation))
            return new(JobOutcome.Postponed);
        await StateAsync(job, cancellation);
        return await ClaimedAsync(job, evenIfNotDue: true, stray: null, work, () => { }, cancellation);
    }

    public void Dispose() => meter.Dispose();

    private async Task<JobRound> TryAsync(IJob job, CancellationToken cancellation)
    {
        var patience = PatienceWith(job);
        var isMarked = false;
        try
        {
            if (job.IsHousekeeping && !await clock.MayHousekeepAsync(job.Name, cancellation))
                return new(JobOutcome.Postponed, patience);
            var round = job.IsPerNode
                ? await HereAsync(job, cancellation)
                : await IfDueAsync(job, () => isMarked = true, cancellation);
            if (round.Outcome == JobOutcome.Done)
                failing.TryRemove(job.Name, out _);
            return round;
        }
        catch (OperatorException fault)
        {
            CannotRun(job.Name, new SafeText(fault.Message));
            return new(JobOutcome.Impossible);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            // Told once, not with every round of a long outage.
            if (failing.TryAdd(job.Name, true))
                Failed(job.Name, JobParts.CodeOf(fault));
            // The row says when it is tried again, if the failure could be marked there.
            return new(JobOutcome.Postponed, isMarked ? default : patience);
        }
    }

    private async Task<JobRound> HereAsync(IJob job, CancellationToken cancellation) =>
        Did(job, await job.RunAsync(JobRun.PerNode, cancellation)) with
        {
            Wait = job.Schedule.Interval!.Value,
        };

    private async Task<JobRound> IfDueAsync(IJob job, Action marked, CancellationToken cancellation)
    {
        var state = await StateAsync(job, cancellation);
        var stray = IsStray(job, state) ? state.DueAt : (DateTimeOffset?)null;
        var wait = state.WaitUntil(stray is null ? state.DueAt : state.Now);
        return wait > TimeSpan.Zero
            ? new(JobOutcome.Waiting, wait)
            : await ClaimedAsync(job, evenIfNotDue: false, stray, job.RunAsync, marked, cancellation);
    }

    // Further off than its schedule and any back-off: it was written by a clock that had been set forward.
    private static bool IsStray(IJob job, JobState state)
    {
        var now = state.Now + ClockSlack;
        var (byPlan, byPatience) = (job.Schedule.Next(now, now), now + LongestPatience);
        return state.DueAt > (byPlan > byPatience ? byPlan : byPatience);
    }

    private async Task<JobRound> ClaimedAsync(
        IJob job,
        bool evenIfNotDue,
        DateTimeOffset? stray,
        Func<JobRun, CancellationToken, Task<int>> work,
        Action marked,
        CancellationToken cancellation
    )
    {
        var begun = time.GetTimestamp();
        if (await leases.ClaimAsync(job.Name, evenIfNotDue, stray, cancellation) is not { } claim)
            return new(JobOutcome.Waiting);
        await using var heartbeat = new JobHeartbeat(leases, claim, begun, time, cancellation);
        DateTimeOffset Now() => claim.At + time.GetElapsedTime(begun);
        try
        {
            var count = await work(JobRun.Of(claim, leases.Lease), heartbeat.Held);
            var next = job.Schedule.Next(claim.At, Now());
            if (!await leases.FinishAsync(claim, next, count, CancellationToken.None))
                return Lost(job);
            return Did(job, count) with { Wait = next - Now() };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server stops: the next node begins at once.
            await TryMarkAsync(() => leases.ReleaseAsync(claim, CancellationToken.None));
            throw;
        }
        catch (Exception fault)
            when (fault is LeaseLostException || (fault is OperationCanceledException && heartbeat.Held.IsCancellationRequested))
        {
            return Lost(job);
        }
        catch (OperatorException)
        {
            // Due as before, for a node that can.
            await TryMarkAsync(() => leases.ReleaseAsync(claim, CancellationToken.None));
            throw;
        }
        catch (Exception fault)
        {
            var (next, done) = (Now() + BackOff(job, claim.Attempts), (fault as PartlyFailedException)?.Done ?? 0);
            if (done > 0)
                Did(job.Name, done, job.Counts);
            var code = JobParts.CodeOf(fault);
            if (await TryMarkAsync(() => leases.FailAsync(claim, next, done, code, CancellationToken.None)))
                marked();
            throw;
        }
    }

    /// <summary>The job's row; made, or brought up to this build's schedule, at this process's first look.</summary>
    private async Task<JobState> StateAsync(IJob job, CancellationToken cancellation)
    {
        if (prepared.ContainsKey(job.Name) && await leases.FindAsync(job.Name, cancellation) is { } known)
            return known;
        var made = await leases.PrepareAsync(job, (await clock.ReadAsync(cancellation)).Database, cancellation);
        prepared[job.Name] = true;
        return made;
    }

    private JobRound Did(IJob job, int count)
    {
        if (count > 0)
            Did(job.Name, count, job.Counts);
        return new(JobOutcome.Done, Count: count);
    }

    private JobRound Lost(IJob job)
    {
        Lost(job.Name);
        return new(JobOutcome.Lost);
    }

    // What can't be marked is as if this process had been killed: the lease ends by itself, and the run happens again.
    private static async Task<bool> TryMarkAsync(Func<Task> mark)
    {
        try
        {
            await mark();
            return true;
        }
        catch (Exception fault) when (StorageFaults.Classify(fault) != StorageFault.None)
        {
            // The caller throws on what the run ended with.
            return false;
        }
    }

    private static TimeSpan PatienceWith(IJob job) => job.Schedule.Interval < Patience ? job.Schedule.Interval.Value : Patience;

    private static TimeSpan BackOff(IJob job, int attempts) =>
        TimeSpan.FromTicks(Math.Min(LongestPatience.Ticks, PatienceWith(job).Ticks << Math.Clamp(attempts - 1, 0, 20)));

    [LoggerMessage(Level = LogLevel.Information, Message = "The job {Job} has run: {Count} {Counts}.")]
    private partial void Did(string job, int count, string counts);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The job {Job} does not run on this node; one node at least has to. {Reason}"
    )]
    private partial void CannotRun(string job, SafeText reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job {Job} failed ({Fault}); it is tried again.")]
    private partial void Failed(string job, string fault);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The job {Job} lost its lease: another node has taken it, or the database did not answer."
    )]
    private partial void Lost(string job);
}

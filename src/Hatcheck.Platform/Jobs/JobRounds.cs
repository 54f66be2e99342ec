using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Telemetry;

namespace Hatcheck.Platform.Jobs;

/// <summary>The outcome of one round of a job.</summary>
internal enum JobOutcome
{
    Done,

    /// <summary>This node's clock is off, or a fault occurred: it is retried.</summary>
    Postponed,

    /// <summary>This node can never run it.</summary>
    Impossible,

    /// <summary>Another node took the job while this one slept or could not reach the database.</summary>
    Lost,

    /// <summary>Nothing was done: it is not due, or another node has it.</summary>
    Waiting,
}

/// <summary>The result of one round.</summary>
/// <param name="Outcome">Its outcome.</param>
/// <param name="Wait">The time until the next round makes sense.</param>
/// <param name="Count">How much was done.</param>
internal sealed record JobRound(JobOutcome Outcome, TimeSpan Wait = default, int Count = 0);

/// <summary>One round of a job: claimed, kept alive by heartbeats while it runs, and recorded with its outcome.</summary>
internal sealed partial class JobRounds : IDisposable
{
    /// <summary>Exported with the other meters; see docs/operations/telemetry.md.</summary>
    public const string MeterName = "Hatcheck.Jobs";

    /// <summary>
    /// The back-off after a first failure, or the interval if that is shorter; it doubles with each failure, up to an hour.
    /// A node also checks this often.
    /// </summary>
    public static readonly TimeSpan FirstBackOff = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestBackOff = TimeSpan.FromHours(1);

    /// <summary>Correcting a clock by less than this repeats no run.</summary>
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

    /// <summary>Runs one round, if the job is due and free. Throws only for <paramref name="cancellation"/>.</summary>
    public async Task<JobRound> RunAsync(IJob job, CancellationToken cancellation)
    {
        var round = await TryAsync(job, cancellation);
        if (round.Outcome == JobOutcome.Waiting)
            return round;
        rounds.Add(1, new("hatcheck.job", job.Name), new("hatcheck.outcome", round.Outcome.ToString().ToLowerInvariant()));
        return round;
    }

    /// <summary>
    /// Runs one round now, for an operator, due or not. Throws the work's exception once the failure is recorded.
    /// </summary>
    /// <param name="job">A job that is not per node.</param>
    /// <param name="work">The work, usually the job's own <see cref="IJob.RunAsync"/>.</param>
    /// <param name="cancellation">Cancels the round.</param>
    /// <exception cref="OperatorException">This process can never run it.</exception>
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
        var backOff = FirstBackOffOf(job);
        var isMarked = false;
        try
        {
            if (job.IsHousekeeping && !await clock.MayHousekeepAsync(job.Name, cancellation))
                return new(JobOutcome.Postponed, backOff);
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
            // Logged once, not with every round of a long outage.
            if (failing.TryAdd(job.Name, true))
                Failed(job.Name, JobParts.CodeOf(fault));
            // The row has the time of the next try, if the failure could be recorded there.
            return new(JobOutcome.Postponed, isMarked ? default : backOff);
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

    // Further away than its schedule and any back-off: written by a node whose clock was ahead.
    private static bool IsStray(IJob job, JobState state)
    {
        var now = state.Now + ClockSlack;
        var (bySchedule, byBackOff) = (job.Schedule.Next(now, now), now + LongestBackOff);
        return state.DueAt > (bySchedule > byBackOff ? bySchedule : byBackOff);
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
            // The server stops: another node can begin at once.
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
            // Due as before, for a node that can run it.
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

    /// <summary>Returns the job's row; this process's first look creates it or updates its schedule.</summary>
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

    // An unrecorded run is treated as if this process had been killed: the lease expires, and the run is repeated.
    private static async Task<bool> TryMarkAsync(Func<Task> mark)
    {
        try
        {
            await mark();
            return true;
        }
        catch (Exception fault) when (StorageFaults.Classify(fault) != StorageFault.None)
        {
            // The caller rethrows the run's own exception.
            return false;
        }
    }

    private static TimeSpan FirstBackOffOf(IJob job) =>
        job.Schedule.Interval < FirstBackOff ? job.Schedule.Interval.Value : FirstBackOff;

    private static TimeSpan BackOff(IJob job, int attempts) =>
        TimeSpan.FromTicks(Math.Min(LongestBackOff.Ticks, FirstBackOffOf(job).Ticks << Math.Clamp(attempts - 1, 0, 20)));

    [LoggerMessage(Level = LogLevel.Information, Message = "The job {Job} has run: {Count} {Counts}.")]
    private partial void Did(string job, int count, string counts);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The job {Job} does not run on this node; at least one node must run it. {Reason}"
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

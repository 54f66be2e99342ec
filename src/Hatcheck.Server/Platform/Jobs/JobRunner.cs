using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Telemetry;

namespace Hatcheck.Server.Platform.Jobs;

/// <summary>How one round of a job ended.</summary>
internal enum JobOutcome
{
    Done,

    /// <summary>This node's clock is wrong, or something failed: the round is made up for soon.</summary>
    Postponed,

    /// <summary>This node never can.</summary>
    Impossible,
}

/// <summary>Runs every declared job beside the others, each at its interval. A job that fails stops neither itself nor another.</summary>
internal sealed partial class JobRunner : BackgroundService
{
    /// <summary>Exported with the other meters; see docs/operations/telemetry.md.</summary>
    public const string MeterName = "Hatcheck.Jobs";

    /// <summary>A round that did not happen is made up for after this, or after the interval if that is shorter.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Meter meter = new(MeterName);
    private readonly Counter<long> rounds;
    private readonly ConcurrentDictionary<string, bool> failing = new(StringComparer.Ordinal);
    private readonly List<IJob> jobs;
    private readonly NodeClock clock;
    private readonly TimeProvider time;
    private readonly ILogger<JobRunner> logger;

    public JobRunner(IEnumerable<IJob> jobs, NodeClock clock, TimeProvider time, ILogger<JobRunner> logger)
    {
        (this.jobs, this.clock, this.time, this.logger) = ([.. jobs], clock, time, logger);
        rounds = meter.CreateCounter<long>("hatcheck.jobs.rounds", description: "Rounds of jobs, by job and outcome.");
        if (this.jobs.GroupBy(job => job.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { } same)
            throw new InvalidOperationException($"Two jobs are named {same.Key}.");
    }

    /// <summary>One round of a job. Never throws but for <paramref name="cancellation"/>.</summary>
    public async Task<JobOutcome> RunAsync(IJob job, CancellationToken cancellation)
    {
        var outcome = await TryAsync(job, cancellation);
        rounds.Add(1, new("hatcheck.job", job.Name), new("hatcheck.outcome", outcome.ToString().ToLowerInvariant()));
        return outcome;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var job in jobs.Where(job => job.IsOn && job.RunsAtStop)) await RunAsync(job, cancellationToken);
    }

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(jobs.Where(job => job.IsOn).Select(job => RepeatAsync(job, stoppingToken)));

    private async Task RepeatAsync(IJob job, CancellationToken cancellation)
    {
        // The start of the server does not wait for a first round.
        await Task.Yield();
        try
        {
            while (await RunAsync(job, cancellation) is var outcome and not JobOutcome.Impossible)
                await Task.Delay(outcome == JobOutcome.Done || job.Interval < Patience ? job.Interval : Patience, time, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server stops; what is not done is the next node's.
        }
    }

    private async Task<JobOutcome> TryAsync(IJob job, CancellationToken cancellation)
    {
        try
        {
            if (job.IsHousekeeping && !await clock.MayHousekeepAsync(job.Name, cancellation)) return JobOutcome.Postponed;
            if (await job.RunAsync(cancellation) is > 0 and var count) Did(job.Name, count, job.Counts);
            failing.TryRemove(job.Name, out _);
            return JobOutcome.Done;
        }
        catch (OperatorException fault)
        {
            CannotRun(job.Name, new SafeText(fault.Message));
            return JobOutcome.Impossible;
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            // Told once, not with every round of a long outage.
            if (failing.TryAdd(job.Name, true)) Failed(job.Name, StorageFaults.Classify(fault));
            return JobOutcome.Postponed;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The job {Job} has run: {Count} {Counts}.")]
    private partial void Did(string job, int count, string counts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job {Job} does not run on this node; one node at least has to. {Reason}")]
    private partial void CannotRun(string job, SafeText reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job {Job} failed ({Kind}); it is tried again.")]
    private partial void Failed(string job, StorageFault kind);
}

using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Jobs;

/// <summary>
/// Runs every declared job on a serving node, concurrently: each when it is due and no other node has it. A failing job
/// stops neither itself nor another.
/// </summary>
internal sealed class JobRunner : BackgroundService
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private readonly List<IJob> jobs;
    private readonly JobRounds rounds;
    private readonly TimeProvider time;

    public JobRunner(IEnumerable<IJob> declared, JobRounds rounds, IOptions<JobOptions> options, TimeProvider time)
    {
        (jobs, this.rounds, this.time) = ([.. declared], rounds, time);
        if (jobs.GroupBy(job => job.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { } same)
            throw new InvalidOperationException($"Two jobs are named {same.Key}.");
        // A job per node stays: no other node can write what this one holds in memory.
        jobs.RemoveAll(job => !job.IsOn || (options.Value.Run == JobOptions.None && !job.IsPerNode));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var job in jobs.Where(job => job.IsPerNode && job.RunsAtStop))
            await rounds.RunAsync(job, cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(jobs.Select(job => RepeatAsync(job, stoppingToken)));

    private async Task RepeatAsync(IJob job, CancellationToken cancellation)
    {
        // The server's start does not wait for a first round.
        await Task.Yield();
        try
        {
            while (await rounds.RunAsync(job, cancellation) is { Outcome: not JobOutcome.Impossible } round)
                await Task.Delay(job.IsPerNode ? round.Wait : Within(round.Wait), time, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server stops; another node does the rest.
        }
    }

    // Capped, since another node or an operator may change the row.
    private static TimeSpan Within(TimeSpan wait) =>
        wait < Shortest ? Shortest
        : wait > JobRounds.FirstBackOff ? JobRounds.FirstBackOff
        : wait;
}

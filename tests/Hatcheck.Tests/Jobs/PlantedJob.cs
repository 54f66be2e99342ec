using System.Collections.Concurrent;
using Hatcheck.Platform.Jobs;

namespace Hatcheck.Tests.Jobs;

/// <summary>A job whose run a test provides.</summary>
internal sealed class PlantedJob(string name, Func<JobRun, CancellationToken, Task<int>>? work = null) : IJob
{
    private readonly ConcurrentQueue<long> tokens = new();

    public int Rounds => tokens.Count;

    /// <summary>Its runs, oldest first.</summary>
    public IReadOnlyList<long> Tokens => [.. tokens];

    public Exception? Fault { get; set; }

    public string Name => name;

    public string Counts => "rounds planted";

    public JobSchedule Schedule { get; init; } = JobSchedule.Every(TimeSpan.FromMinutes(10));

    public bool IsOn { get; init; } = true;

    public bool IsPerNode { get; init; }

    public bool RunsAtStop { get; init; }

    /// <summary>A name that no other test has.</summary>
    public static string NewName(string kind) => $"{kind}-{Guid.NewGuid():N}"[..20];

    public Task<int> RunAsync(JobRun run, CancellationToken cancellation)
    {
        tokens.Enqueue(run.Token);
        if (Fault is not null)
            throw Fault;
        return work?.Invoke(run, cancellation) ?? Task.FromResult(0);
    }

    /// <summary>Waits until it has run this often.</summary>
    public async Task<int> RanAsync(int times)
    {
        for (var i = 0; i < 3000 && Rounds < times; i++)
            await Task.Delay(10);
        return Rounds;
    }
}

using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Jobs;

/// <summary>A periodic job of the installation. <see cref="JobRunner"/> runs it, on one node at a time.</summary>
internal interface IJob
{
    /// <summary>A code for the table of jobs, logs and metrics, such as <c>purge</c>. Never changes.</summary>
    string Name { get; }

    /// <summary>The unit of <see cref="RunAsync"/>'s result, in the plural: <c>users erased</c>.</summary>
    string Counts { get; }

    JobSchedule Schedule { get; }

    /// <summary>Whether the settings enable it on this node.</summary>
    bool IsOn => true;

    /// <summary>
    /// Whether each node runs it for itself, without a lease and also at its start, because it writes what the node holds
    /// in memory. Its schedule is an interval.
    /// </summary>
    bool IsPerNode => false;

    /// <summary>Whether it destroys expired data: a node whose clock is off does not run it.</summary>
    bool IsHousekeeping => true;

    /// <summary>Whether it runs once more when the server stops; only for jobs per node.</summary>
    bool RunsAtStop => false;

    /// <summary>
    /// Runs it once. Every transaction that writes calls <see cref="JobRun.HoldAsync(Statements, CancellationToken)"/>
    /// first. A run that ended unrecorded (its node was killed) is repeated, so doing everything twice must be harmless.
    /// </summary>
    /// <param name="run">The node's lease of this run.</param>
    /// <param name="cancellation">Cancelled when the server stops or the lease is lost.</param>
    /// <returns>The number of things done, for the operator.</returns>
    /// <exception cref="OperatorException">This node can never run it: it lacks the maintenance role.</exception>
    Task<int> RunAsync(JobRun run, CancellationToken cancellation);
}

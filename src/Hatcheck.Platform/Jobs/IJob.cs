using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Jobs;

/// <summary>Work that the installation does again and again. <see cref="JobRunner"/> runs it, on one node at a time.</summary>
internal interface IJob
{
    /// <summary>
    /// A code that names it in the table of jobs, in logs and in metrics, such as <c>purge</c>. Never changed afterwards.
    /// </summary>
    string Name { get; }

    /// <summary>What <see cref="RunAsync"/> counts, in the plural: <c>users erased</c>.</summary>
    string Counts { get; }

    JobSchedule Schedule { get; }

    /// <summary>Whether the settings let this node do it.</summary>
    bool IsOn => true;

    /// <summary>
    /// Whether each node does it for itself and without a lease, at its start too: it writes down what the node has in its
    /// memory. Its schedule is an interval.
    /// </summary>
    bool IsPerNode => false;

    /// <summary>Whether it destroys what has expired: then a node whose clock is wrong does not run it.</summary>
    bool IsHousekeeping => true;

    /// <summary>Whether the server's stop runs it once more; only where it is per node.</summary>
    bool RunsAtStop => false;

    /// <summary>
    /// One run. Every transaction that writes calls <see cref="JobRun.HoldAsync(Statements, CancellationToken)"/> first. A run
    /// that ended without a mark (its node was killed) happens again: doing everything twice does no harm.
    /// </summary>
    /// <param name="run">The node's right to it.</param>
    /// <param name="cancellation">Ends it: the server stops, or the lease is lost.</param>
    /// <returns>How much was done that an operator wants to hear of.</returns>
    /// <exception cref="OperatorException">This node never can: it lacks the maintenance role.</exception>
    Task<int> RunAsync(JobRun run, CancellationToken cancellation);
}

namespace Hatcheck.Server.Platform.Jobs;

/// <summary>Work that a serving node does at its start and then again and again. <see cref="JobRunner"/> runs it, one round at a time.</summary>
internal interface IJob
{
    /// <summary>A code that names it in logs and metrics, such as <c>purge</c>.</summary>
    string Name { get; }

    /// <summary>What <see cref="RunAsync"/> counts, in the plural: <c>users erased</c>.</summary>
    string Counts { get; }

    /// <summary>From the end of one round to the next.</summary>
    TimeSpan Interval { get; }

    /// <summary>Whether the settings let this node do it.</summary>
    bool IsOn => true;

    /// <summary>Whether it destroys what has expired: then a node whose clock is wrong does not run it.</summary>
    bool IsHousekeeping => true;

    /// <summary>Whether the server's stop runs it once more.</summary>
    bool RunsAtStop => false;

    /// <summary>
    /// One round. Other nodes may be at it at the same moment: it takes a <see cref="Storage.Lease"/> where that does harm. A server may end
    /// within it; what is not done is the next round's.
    /// </summary>
    /// <returns>How much was done that an operator wants to hear of.</returns>
    /// <exception cref="OperatorException">This node never can: it lacks the maintenance role.</exception>
    Task<int> RunAsync(CancellationToken cancellation);
}

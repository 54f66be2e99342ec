namespace Hatcheck.Simulator;

/// <summary>
/// Deliberate faults. The counters run over all calls of all bots and restart at each change, so a test can tell which call
/// fails.
/// </summary>
public sealed record SimulatorFaults
{
    /// <summary>Delay of every Bot API call in milliseconds. Default 0; at most 60,000.</summary>
    public int DelayMs { get; init; }

    /// <summary>Every n-th Bot API call is answered 429 with <c>retry_after</c> 1. Default 0: none.</summary>
    public int TooManyRequestsEvery { get; init; }

    /// <summary>Every n-th Bot API call is answered 502 and not performed. Default 0: none.</summary>
    public int ServerErrorEvery { get; init; }

    /// <summary>Every n-th update is delivered twice, under the same <c>update_id</c>. Default 0: none.</summary>
    public int DuplicateUpdateEvery { get; init; }

    /// <summary>True: swaps neighbouring updates on delivery. Default false.</summary>
    public bool ReorderUpdates { get; init; }

    /// <summary>
    /// Every n-th Bot API call is performed, but its connection is dropped without an answer. Default 0: none.
    /// </summary>
    public int DropConnectionEvery { get; init; }
}

namespace Hatcheck.Simulator;

/// <summary>
/// What goes wrong on purpose. The counters run over all calls of all bots and restart at each change, so a test knows which
/// call is hit.
/// </summary>
public sealed record SimulatorFaults
{
    /// <summary>Milliseconds that every Bot API call waits first. Default 0; at most 60,000.</summary>
    public int DelayMs { get; init; }

    /// <summary>Every n-th Bot API call is answered 429 with <c>retry_after</c> 1. Default 0: none.</summary>
    public int TooManyRequestsEvery { get; init; }

    /// <summary>Every n-th Bot API call is answered 502 and not performed. Default 0: none.</summary>
    public int ServerErrorEvery { get; init; }

    /// <summary>Every n-th update is delivered twice, under the same <c>update_id</c>. Default 0: none.</summary>
    public int DuplicateUpdateEvery { get; init; }

    /// <summary>Whether neighbouring updates change places when they are delivered. Default false.</summary>
    public bool ReorderUpdates { get; init; }

    /// <summary>
    /// Every n-th Bot API call is performed, and then its connection is dropped without an answer. Default 0: none.
    /// </summary>
    public int DropConnectionEvery { get; init; }
}

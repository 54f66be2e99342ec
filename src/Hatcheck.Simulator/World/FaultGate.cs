using Hatcheck.Simulator.Updates;

namespace Hatcheck.Simulator.World;

internal enum CallFault
{
    None,
    TooManyRequests,
    ServerError,
    DropConnection,
}

/// <summary>Counts calls and updates, and chooses those that fail.</summary>
internal sealed class FaultGate(SimulatorFaults first)
{
    private const int MaxDelayMs = 60_000;
    private readonly Lock gate = new();
    private SimulatorFaults knobs = first;
    private long calls;
    private readonly HashSet<long> duplicated = [];

    public SimulatorFaults Knobs
    {
        get
        {
            lock (gate)
                return knobs;
        }
        set
        {
            lock (gate)
            {
                knobs = value;
                calls = 0;
                duplicated.Clear();
            }
        }
    }

    /// <summary>The fault of these settings; null if there is none.</summary>
    public static string? Fault(SimulatorFaults knobs) =>
        knobs.DelayMs is < 0 or > MaxDelayMs ? $"delay_ms: 0 to {MaxDelayMs}"
        : knobs.TooManyRequestsEvery < 0
        || knobs.ServerErrorEvery < 0
        || knobs.DuplicateUpdateEvery < 0
        || knobs.DropConnectionEvery < 0
            ? "…_every: 0 for never, else the number of calls or updates"
        : null;

    public CallFault NextCall()
    {
        lock (gate)
        {
            calls++;
            return Hits(knobs.DropConnectionEvery) ? CallFault.DropConnection
                : Hits(knobs.ServerErrorEvery) ? CallFault.ServerError
                : Hits(knobs.TooManyRequestsEvery) ? CallFault.TooManyRequests
                : CallFault.None;
        }
    }

    /// <summary>The batch as delivered: neighbours swapped, every n-th update (by its id) doubled once.</summary>
    public IReadOnlyList<PendingUpdate> Shape(IReadOnlyList<PendingUpdate> batch)
    {
        lock (gate)
        {
            var shaped = new List<PendingUpdate>(batch.Count);
            for (var i = 0; i < batch.Count; i++)
            {
                // 0 1 2 3 4 becomes 1 0 3 2 4.
                var partner = i ^ 1;
                var update = knobs.ReorderUpdates && partner < batch.Count ? batch[partner] : batch[i];
                shaped.Add(update);
                if (knobs.DuplicateUpdateEvery > 0 && update.Id % knobs.DuplicateUpdateEvery == 0 && duplicated.Add(update.Id))
                    shaped.Add(update);
            }

            if (duplicated.Count > UpdateQueue.Most)
                duplicated.Clear();
            return shaped;
        }
    }

    private bool Hits(int every) => every > 0 && calls % every == 0;
}

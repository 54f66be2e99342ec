namespace Hatcheck.Drill.Search;

/// <summary>What was seen of one sink.</summary>
internal sealed class SinkTally
{
    public long Bytes { get; set; }

    /// <summary>Something that the drill knows to be there was found: the sink was really looked at.</summary>
    public bool ControlSeen { get; set; }

    /// <summary>Why it could not be looked at; null if it was.</summary>
    public string? Unseen { get; set; }
}

/// <summary>What was searched and what was found, over all looks.</summary>
internal sealed class Findings
{
    private readonly Dictionary<string, SinkTally> tallies = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Sink, string Place, string Canary, string Form), int> finds = [];

    /// <summary>Canaries that came back to the tenant that planted them: they were really stored.</summary>
    public HashSet<string> SeenByOwner { get; } = new(StringComparer.Ordinal);

    /// <summary>Every sink, in the order in which it was first looked at.</summary>
    public IReadOnlyDictionary<string, SinkTally> Sinks => tallies;

    public SinkTally Of(string sink) => tallies.TryGetValue(sink, out var tally) ? tally : tallies[sink] = new SinkTally();

    public void Add(Spot spot, string canary, string form)
    {
        var key = (spot.Sink, spot.Name, canary, form);
        finds[key] = finds.GetValueOrDefault(key) + 1;
    }

    /// <summary>Everything found, without the halves of what was found whole.</summary>
    public IReadOnlyList<Find> Finds()
    {
        var whole = finds.Keys.Where(key => !IsHalf(key.Form)).Select(key => (key.Sink, key.Place, key.Canary)).ToHashSet();
        return
        [
            .. finds
                .Where(found => !IsHalf(found.Key.Form) || !whole.Contains((found.Key.Sink, found.Key.Place, found.Key.Canary)))
                .OrderBy(found => found.Key)
                .Select(found => new Find(found.Key.Sink, found.Key.Place, found.Key.Canary, found.Key.Form, found.Value)),
        ];
    }

    private static bool IsHalf(string form) => form.EndsWith(" half", StringComparison.Ordinal);
}

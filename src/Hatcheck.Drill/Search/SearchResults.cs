namespace Hatcheck.Drill.Search;

/// <summary>The tally of one sink.</summary>
internal sealed class SinkTally
{
    public long Bytes { get; set; }

    /// <summary>True if a control marker was found, which proves that the sink was searched.</summary>
    public bool ControlSeen { get; set; }

    /// <summary>Why it could not be searched; null if it was.</summary>
    public string? Unseen { get; set; }
}

/// <summary>The results of all searches: sinks, sizes and finds.</summary>
internal sealed class SearchResults
{
    private readonly Dictionary<string, SinkTally> tallies = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Sink, string Place, string Canary, string Form), int> finds = [];

    /// <summary>Canaries returned to the tenant that planted them, which proves that they were stored.</summary>
    public HashSet<string> SeenByOwner { get; } = new(StringComparer.Ordinal);

    /// <summary>Every sink, in the order of its first search.</summary>
    public IReadOnlyDictionary<string, SinkTally> Sinks => tallies;

    public SinkTally Of(string sink) => tallies.TryGetValue(sink, out var tally) ? tally : tallies[sink] = new SinkTally();

    public void Add(Spot spot, string canary, string form)
    {
        var key = (spot.Sink, spot.Name, canary, form);
        finds[key] = finds.GetValueOrDefault(key) + 1;
    }

    /// <summary>All finds, without halves of a canary that was found whole.</summary>
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

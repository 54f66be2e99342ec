using Hatcheck.Drill.Planting;
using Hatcheck.Drill.Search;
using Hatcheck.Drill.Sinks;
using Hatcheck.Platform.Tables;

namespace Hatcheck.Drill;

/// <summary>Decides whether a drill is clean: nothing found, and everything searched.</summary>
internal sealed class Verdict(
    CanaryBook book,
    SearchResults results,
    Planter planter,
    IReadOnlyList<PlantedTenant> tenants,
    IReadOnlyList<string> emptyTables,
    TableInventory tables,
    DrillOptions options
)
{
    /// <summary>
    /// Every place that a drill searches; SQLite has no server log, and no logs are sent by OTLP.
    /// </summary>
    private static readonly string[] Always =
    [
        SinkNames.Rows,
        SinkNames.Files,
        SinkNames.WriteAhead,
        SinkNames.Data,
        SinkNames.Output,
        SinkNames.Log,
        SinkNames.Traces,
        SinkNames.Metrics,
        SinkNames.Verbs,
        SinkNames.Refusals,
        SinkNames.Headers,
        SinkNames.OtherTenant,
        SinkNames.Temporary,
        SinkNames.Home,
        SinkNames.Working,
    ];

    public DrillReport Report(
        string engine,
        bool isPostgres,
        DateTimeOffset started,
        TimeSpan took,
        int requests,
        Searcher searcher
    )
    {
        var finds = results.Finds();
        var inventory = Inventory();
        var strings = planter
            .Outcomes.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => Describe(pair.Key, pair.Value))
            .ToList();
        string[] expected = [.. Always, .. isPostgres ? (string[])[SinkNames.DatabaseLog] : []];
        var sinks = expected
            .Concat(results.Sinks.Keys.Except(expected, StringComparer.Ordinal))
            .Select(name => (Name: name, Tally: results.Of(name)))
            .Select(sink => new SinkReport(
                sink.Name,
                sink.Tally.Bytes,
                sink.Tally.ControlSeen,
                finds.Count(find => find.Sink == sink.Name),
                sink.Tally.Unseen
            ))
            .ToList();
        string[] missing =
        [
            .. strings
                .Where(text => text.Outcome == "not exercised")
                .Select(text =>
                    $"{text.Place}: nothing was accepted there. Let its capability declare what to plant (Capability.Planted)."
                ),
            .. inventory
                .Where(kind => kind.Value == 0 && !MayBeEmpty(table => table.Section?.Name, kind.Key))
                .Select(kind =>
                    $"{kind.Key}: the data inventory has this kind, but the planted user has no entry of it. "
                    + "Let its capability declare an operation that creates one (Capability.Planted)."
                ),
            .. emptyTables
                .Where(name => !MayBeEmpty(table => table.Name, name))
                .Select(name =>
                    $"table {name}: it was empty when searched. Declare an operation that fills it, "
                    + "or say in its declaration why none can."
                ),
            .. sinks
                .Where(sink =>
                    expected.Contains(sink.Name, StringComparer.Ordinal) && sink is { ControlSeen: false, NotLookedAt: null }
                )
                .Select(sink => $"{sink.Name}: its control marker was not found, so the search proves nothing."),
        ];
        var found = finds.Select(find => find.Canary).ToHashSet(StringComparer.Ordinal);
        var values = options.ShowValues
            ? book
                .All.Where(canary => found.Contains(canary.Name))
                .DistinctBy(canary => canary.Name, StringComparer.Ordinal)
                .ToDictionary(
                    canary => canary.Name,
                    canary => canary.Text ?? Convert.ToHexStringLower(canary.Bytes),
                    StringComparer.Ordinal
                )
            : null;
        var clean =
            finds.Count == 0
            && missing.Length == 0
            && planter.Faults.Count == 0
            && (options.AcceptUnseen || sinks.TrueForAll(sink => sink.NotLookedAt is null));
        return new DrillReport(
            clean,
            engine,
            started,
            Math.Round(took.TotalSeconds, 1),
            requests,
            searcher.Canaries,
            results.SeenByOwner.Count,
            searcher.Patterns,
            searcher.Digests,
            sinks,
            finds,
            missing,
            [.. planter.Faults.Distinct(StringComparer.Ordinal)],
            strings,
            inventory,
            values
        );
    }

    private bool MayBeEmpty(Func<Table, string?> nameOf, string name) =>
        tables.Any(table => nameOf(table) == name && table.EmptyInDrill is not null);

    private Dictionary<string, int> Inventory() =>
        tenants
            .SelectMany(tenant => tenant.Inventory)
            .GroupBy(kind => kind.Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Max(kind => kind.Value), StringComparer.Ordinal);

    private StringReport Describe(string place, Outcome outcome) =>
        outcome switch
        {
            Outcome.Planted => new(place, "planted", null),
            Outcome.Refused => new(
                place,
                "refused",
                "takes only what the server gave, a word of a list, or an instant; canaries were sent and refused"
            ),
            _ when planter.Plan.WhyNotPlanted(place) is { } reason => new(place, "not planted", reason),
            _ => new(place, "not exercised", null),
        };
}

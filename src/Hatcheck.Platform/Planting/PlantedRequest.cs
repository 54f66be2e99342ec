using System.Text.Json.Nodes;

namespace Hatcheck.Platform.Planting;

/// <summary>Values for one request of the leak drill, where the document alone does not tell what is accepted.</summary>
/// <param name="Given">By place: <c>body channel</c>, <c>path id</c>. The drill fills the other places.</param>
/// <param name="LeavesOutOthers">Optional places that are not given are left out.</param>
internal sealed record PlantedRequest(IReadOnlyDictionary<string, JsonNode?> Given, bool LeavesOutOthers = false)
{
    public static readonly PlantedRequest Plain = new(new Dictionary<string, JsonNode?>(StringComparer.Ordinal));

    /// <summary>Whatever version a thing has.</summary>
    public static readonly (string, JsonNode?) AnyVersion = ("header If-Match", "*");

    public static PlantedRequest Of(params IEnumerable<(string Place, JsonNode? Value)> given) =>
        new(given.ToDictionary(pair => pair.Place, pair => pair.Value, StringComparer.Ordinal));
}

/// <summary>
/// How the leak drill plants with one operation, as its capability declares it: only where members depend on each other, need
/// what another operation gave, or where its turn matters. docs/operations/leak-drill.md tells how.
/// </summary>
/// <param name="Id">The operation's id in the document.</param>
/// <param name="Requests">One after the other.</param>
internal sealed record PlantedOperation(string Id, Func<IPlantedTenant, IEnumerable<PlantedRequest>> Requests)
{
    /// <summary>Before all others: it makes the user in whom everything is planted.</summary>
    public bool IsFirst { get; init; }

    /// <summary>After all that writes and reads, the lowest first; null: by its method and path.</summary>
    public int? Late { get; init; }

    /// <summary>After everything that deletes: it erases the user.</summary>
    public bool IsLast { get; init; }

    /// <summary>Once more at the end, so that one that was not used up is there when the database is looked at.</summary>
    public bool Again { get; init; }

    /// <summary>
    /// Strings that can't be planted though the document makes them look so, by place (<c>body bot</c>), each with the
    /// reason.
    /// </summary>
    public IReadOnlyDictionary<string, string> NotPlanted { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>One that needs nothing but what the document says, so often.</summary>
    public static PlantedOperation Plain(string id, int times = 1) =>
        new(id, _ => Enumerable.Repeat(PlantedRequest.Plain, times));
}

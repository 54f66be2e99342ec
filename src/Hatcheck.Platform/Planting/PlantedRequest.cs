using System.Text.Json.Nodes;

namespace Hatcheck.Platform.Planting;

/// <summary>Values for one request of the leak drill, where the document alone does not show what is accepted.</summary>
/// <param name="Given">Values by place: <c>body channel</c>, <c>path id</c>. The drill fills the other places.</param>
/// <param name="LeavesOutOthers">Whether optional places without a value are left out.</param>
internal sealed record PlantedRequest(IReadOnlyDictionary<string, JsonNode?> Given, bool LeavesOutOthers = false)
{
    public static readonly PlantedRequest Plain = new(new Dictionary<string, JsonNode?>(StringComparer.Ordinal));

    /// <summary>Any version of a resource.</summary>
    public static readonly (string, JsonNode?) AnyVersion = ("header If-Match", "*");

    public static PlantedRequest Of(params IEnumerable<(string Place, JsonNode? Value)> given) =>
        new(given.ToDictionary(pair => pair.Place, pair => pair.Value, StringComparer.Ordinal));
}

/// <summary>
/// The leak drill's recipe for one operation, as its capability declares it. Needed only where members depend on each
/// other, need another operation's result, or where the order matters. See docs/operations/leak-drill.md.
/// </summary>
/// <param name="Id">The operation's id in the document.</param>
/// <param name="Requests">The requests, in order.</param>
internal sealed record PlantedOperation(string Id, Func<IPlantedTenant, IEnumerable<PlantedRequest>> Requests)
{
    /// <summary>Runs first: creates the user who receives all planted data.</summary>
    public bool IsFirst { get; init; }

    /// <summary>Runs after all writes and reads, the lowest first; null: ordered by method and path.</summary>
    public int? Late { get; init; }

    /// <summary>Runs after everything that deletes: erases the user.</summary>
    public bool IsLast { get; init; }

    /// <summary>Runs once more at the end, so that an unused one exists when the database is searched.</summary>
    public bool Again { get; init; }

    /// <summary>
    /// Strings that can't be planted although the document suggests it, by place (<c>body bot</c>), each with the reason.
    /// </summary>
    public IReadOnlyDictionary<string, string> NotPlanted { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A recipe that needs only the document, repeated so many times.</summary>
    public static PlantedOperation Plain(string id, int times = 1) =>
        new(id, _ => Enumerable.Repeat(PlantedRequest.Plain, times));
}

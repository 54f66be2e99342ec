using Hatcheck.Platform;
using Hatcheck.Platform.Planting;

namespace Hatcheck.Drill.Planting;

/// <summary>
/// The order and the values of calls, as the capabilities declare them. An undeclared operation gets a canary in every
/// place; if the server refuses that, the drill fails and names the place, which its capability must then declare.
/// </summary>
internal sealed class PlantingPlan(IEnumerable<Capability> capabilities)
{
    private readonly Dictionary<string, PlantedOperation> declared = capabilities
        .SelectMany(capability => capability.Planted)
        .ToDictionary(one => one.Id, StringComparer.Ordinal);

    public IEnumerable<PlantedRequest> For(Operation operation, IPlantedTenant tenant) =>
        Find(operation)?.Requests(tenant) ?? [PlantedRequest.Plain];

    public bool IsRepeated(Operation operation) => Find(operation)?.Again == true;

    /// <summary>
    /// The order of an operation: creating a user first, then writing, reading, operations that need both, and deleting.
    /// </summary>
    public int Rank(Operation operation) =>
        (Find(operation), operation) switch
        {
            ({ IsFirst: true }, _) => 0,
            ({ IsLast: true }, _) => int.MaxValue,
            ({ Late: { } late }, _) => 3000 + late,
            (_, { Method: "DELETE" }) => 4000 - operation.Path.Length,
            (_, { Method: "GET" or "HEAD" }) => 2000 + operation.Path.Length,
            _ => 1000 + operation.Path.Length,
        };

    public bool Deletes(Operation operation) => Rank(operation) > 3500;

    /// <summary>Why a string takes no canary, by <c>operation where name</c>; null if it must.</summary>
    public string? WhyNotPlanted(string place) =>
        place.Split(' ', 2) is [var id, var slot] && declared.TryGetValue(id, out var known)
            ? known.NotPlanted.GetValueOrDefault(slot)
            : null;

    private PlantedOperation? Find(Operation operation) => declared.GetValueOrDefault(operation.Id);
}

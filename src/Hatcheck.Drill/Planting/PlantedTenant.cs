using System.Text.Json;
using Hatcheck.Crypto;

namespace Hatcheck.Drill.Planting;

/// <summary>A tenant that the drill plants in, and what it has learned from the answers.</summary>
internal sealed record PlantedTenant(string Name, Guid Id, bool IsBlindOnly, string ApiKey, BlindIndexKey Index)
{
    /// <summary>The users made so far; the first is the one that everything is planted in.</summary>
    public List<string> People { get; } = [];

    /// <summary>The index values of planted ids.</summary>
    public List<string> IndexValues { get; } = [];

    /// <summary>
    /// Values that answers gave, or that were accepted, by the path template that they stand in:
    /// <c>/users/{id}/identities</c> → the id of what was made there.
    /// </summary>
    public Dictionary<string, string> Learned { get; } = new(StringComparer.Ordinal);

    /// <summary>The most entries that <c>/summary</c> ever told, by kind of the data inventory.</summary>
    public Dictionary<string, int> Inventory { get; } = new(StringComparer.Ordinal);

    public void Remember(JsonElement summary)
    {
        foreach (var section in summary.GetProperty("sections").EnumerateArray())
        {
            var name = section.GetProperty("name").GetString()!;
            Inventory[name] = Math.Max(Inventory.GetValueOrDefault(name), section.GetProperty("count").GetInt32());
        }
    }
}

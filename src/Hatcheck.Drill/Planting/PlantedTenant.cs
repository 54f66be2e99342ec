using System.Text.Json;
using Hatcheck.Crypto;

namespace Hatcheck.Drill.Planting;

/// <summary>A tenant that the drill plants canaries in, with values learned from answers.</summary>
internal sealed record PlantedTenant(string Name, Guid Id, bool IsBlindOnly, string ApiKey, BlindIndexKey Index)
{
    /// <summary>The users created so far; canaries are planted in the first.</summary>
    public List<string> People { get; } = [];

    /// <summary>The index values of planted ids.</summary>
    public List<string> IndexValues { get; } = [];

    /// <summary>
    /// Values from answers, or accepted ones, by path template: <c>/users/{id}/identities</c> → the id that was created there.
    /// </summary>
    public Dictionary<string, string> Learned { get; } = new(StringComparer.Ordinal);

    /// <summary>The most entries that <c>/summary</c> ever returned, by kind of the data inventory.</summary>
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

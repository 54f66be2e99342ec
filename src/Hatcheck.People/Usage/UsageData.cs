using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Usage;

/// <summary>A user's usage log, for export.</summary>
internal sealed class UsageData : IPersonalData
{
    public string Name => "usage";

    public async Task<IReadOnlyList<JsonElement>> ExportAsync(
        HatcheckDb db,
        PersonScope person,
        PersonVault vault,
        CancellationToken cancellation
    )
    {
        var users = person.Users;
        var rows = await db.Set<UsageRow>()
            .AsNoTracking()
            .Where(row => users.Contains(row.UserId))
            .OrderBy(row => row.At)
            .ToListAsync(cancellation);
        var entries = await UsageLog.OpenAsync(vault, rows, cancellation);
        return entries.ConvertAll(entry =>
        {
            var json = new JsonObject
            {
                ["id"] = entry.Id.ToString(),
                ["at"] = entry.At.ToString("O"),
                ["action"] = entry.Action,
            };
            if (entry.Attributes is { } attributes)
                json["attributes"] = new JsonObject(
                    attributes.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))
                );
            return JsonSerializer.SerializeToElement(json, ExportJson.Default.JsonObject);
        });
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Preferences;

/// <summary>A user's own values, for export. Inherited ones belong to the tenant.</summary>
internal sealed class PreferenceData : IPersonalData
{
    public string Name => "preferences";

    public async Task<IReadOnlyList<JsonElement>> ExportAsync(
        HatcheckDb db,
        PersonScope person,
        PersonVault vault,
        CancellationToken cancellation
    )
    {
        var users = person.Users;
        var rows = await db.Set<PreferenceRow>()
            .AsNoTracking()
            .Where(row => users.Contains(row.UserId))
            .OrderBy(row => row.UpdatedAt)
            .ToListAsync(cancellation);
        var entries = new List<JsonElement>();
        foreach (var row in rows)
        {
            var schema = TenantSchemas.Of(
                await db.Set<PreferenceSchemaRow>()
                    .AsNoTracking()
                    .FirstOrDefaultAsync(one => one.Version == row.SchemaVersion, cancellation)
            );
            foreach (var (path, value) in await SealedValues.OpenAsync(vault, row, cancellation))
            {
                var entry = new JsonObject
                {
                    ["user_id"] = row.UserId.ToString(),
                    ["key"] = path,
                    ["value"] = JsonNode.Parse(value.GetRawText()),
                    ["personal"] = !schema.Keys.TryGetValue(path, out var known) || known.Personal,
                    ["updated_at"] = row.UpdatedAt.ToString("O"),
                };
                entries.Add(JsonSerializer.SerializeToElement(entry, ExportJson.Default.JsonObject));
            }
        }

        return entries;
    }
}

/// <summary>The history of a user's own values, for export.</summary>
internal sealed class PreferenceHistoryData : IPersonalData
{
    public string Name => "preference_changes";

    public async Task<IReadOnlyList<JsonElement>> ExportAsync(
        HatcheckDb db,
        PersonScope person,
        PersonVault vault,
        CancellationToken cancellation
    )
    {
        var users = person.Users;
        var rows = await db.Set<PreferenceHistoryRow>()
            .AsNoTracking()
            .Where(row => users.Contains(row.UserId))
            .OrderBy(row => row.UserId)
            .ThenBy(row => row.Version)
            .ToListAsync(cancellation);
        var entries = new List<JsonElement>();
        foreach (var row in rows)
        {
            var change = PreferenceHistory.View(row, await SealedChange.OpenAsync(vault, row, cancellation));
            var entry = JsonSerializer.SerializeToNode(change, Contracts.HatcheckJson.Default.PreferenceChange)!.AsObject();
            entry["user_id"] = row.UserId.ToString();
            entries.Add(JsonSerializer.SerializeToElement(entry, ExportJson.Default.JsonObject));
        }

        return entries;
    }
}

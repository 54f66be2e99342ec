using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// The active sessions of a user, for export and deletion. A merge leaves them with their original user.
/// </summary>
internal sealed class SessionData : IPersonalData
{
    public string Name => "sessions";

    public async Task<IReadOnlyList<JsonElement>> ExportAsync(
        HatcheckDb db,
        PersonScope person,
        PersonVault vault,
        CancellationToken cancellation
    )
    {
        var users = person.Users;
        var rows = await db.Set<SessionRow>()
            .AsNoTracking()
            .Where(row => users.Contains(row.UserId))
            .OrderBy(row => row.CreatedAt)
            .ToListAsync(cancellation);
        var entries = new List<JsonElement>();
        foreach (var row in rows)
        {
            var content = await vault.OpenAsync(
                SessionRow.PlaceOf(row.Kind, row.UserId, row.SessionId),
                row.Content,
                cancellation
            );
            var entry = JsonSerializer.SerializeToNode(content, SessionContentJson.Default.SessionContent)!.AsObject();
            entry.Insert(0, "session_id", JsonValue.Create(row.SessionId.ToString()));
            entry["created_at"] = row.CreatedAt.ToString("O");
            entry["used_at"] = row.UsedAt.ToString("O");
            entry["expires_at"] = row.ExpiresAt.ToString("O");
            entry["ends_at"] = row.EndsAt.ToString("O");
            entries.Add(JsonSerializer.SerializeToElement(entry, ExportJson.Default.JsonObject));
        }

        return entries;
    }

    public Task EndAsync(HatcheckDb db, PersonScope person, Actor actor, CancellationToken cancellation)
    {
        var users = person.Users;
        return db.EndAsync(
            db.Set<SessionRow>().Where(row => users.Contains(row.UserId)),
            AccessActs.SessionEnd,
            actor,
            "deleted",
            cancellation
        );
    }
}

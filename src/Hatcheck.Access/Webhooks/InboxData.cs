using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.People.Users;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Access.Webhooks;

/// <summary>
/// Dead-lettered events about a user, for export and erasure. An erasure reads the subjects that must not come back from
/// the identities, before those are deleted.
/// </summary>
internal sealed class InboxData(TenantKeys keys) : IPersonalData
{
    public string Name => "inbox_events";

    public EraseStage Erase => EraseStage.Remember;

    public async Task<IReadOnlyList<JsonElement>> ExportAsync(
        HatcheckDb db,
        PersonScope person,
        PersonVault vault,
        CancellationToken cancellation
    )
    {
        var users = person.Users;
        var rows = await db.Set<InboxRow>()
            .AsNoTracking()
            .Where(row => row.UserId != null && users.Contains(row.UserId.Value))
            .OrderBy(row => row.ReceivedAt)
            .ToListAsync(cancellation);
        var entries = new List<JsonElement>();
        foreach (var row in rows)
        {
            using var body = await InboxBodies.OpenAsync(row, vault, cancellation);
            var entry = new JsonObject
            {
                ["type"] = row.EventType,
                ["received_at"] = row.ReceivedAt.ToString("O"),
                ["event"] = JsonNode.Parse(body.Reveal()),
            };
            entries.Add(JsonSerializer.SerializeToElement(entry, ExportJson.Default.JsonObject));
        }

        return entries;
    }

    /// <summary>
    /// Also erases events still under a day's key. A keyed hash of each subject stays, so that no late event creates the
    /// user again. Nothing is decrypted.
    /// </summary>
    public async Task EraseAsync(HatcheckDb db, PersonScope person, CancellationToken cancellation)
    {
        var users = person.Users;
        var identities = await db.Set<Identity>()
            .AsNoTracking()
            .Where(row => row.Channel == ExternalChannel.ChannelName && users.Contains(row.UserId))
            .Select(row => new { row.IdentityId, row.IndexValue })
            .ToListAsync(cancellation);
        if (identities.Count == 0)
            return;
        // The hash key is never rotated, so any epoch's key set works.
        var set =
            await keys.KnownAsync(person.Tenant, cancellation) ?? throw new InvalidOperationException("The tenant is gone.");
        await InboxSubjects.EraseAsync(
            db,
            person.Tenant,
            [.. identities.Select(row => (row.IdentityId, InboxSubjects.Tombstone(set, row.IndexValue)))],
            cancellation
        );
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Users;

/// <summary>The messenger identities of a user, for export and merges.</summary>
internal sealed class IdentityData : IPersonalData
{
    public string Name => "identities";

    public async Task<IReadOnlyList<JsonElement>> ExportAsync(
        HatcheckDb db,
        PersonScope person,
        PersonVault vault,
        CancellationToken cancellation
    )
    {
        var users = person.Users;
        var rows = await db.Set<Identity>().AsNoTracking().Where(row => users.Contains(row.UserId)).ToListAsync(cancellation);
        var strangers = rows.Select(row => row.SealedUnder).Except(users).ToList();
        if (strangers.Count > 0)
        {
            // A merge during this read brings rows sealed under a key that the scope lacks: they belong to the next
            // export. Without such a merge, someone has moved the row.
            var merged = await db.Set<User>()
                .CountAsync(
                    user => strangers.Contains(user.UserId) && user.MergedInto != null && users.Contains(user.MergedInto.Value),
                    cancellation
                );
            if (merged != strangers.Count)
                throw new CannotOpenException();
            rows.RemoveAll(row => strangers.Contains(row.SealedUnder));
        }

        var entries = new List<JsonElement>();
        foreach (var row in rows.DistinctBy(row => row.IdentityId).OrderBy(row => row.LinkedAt).ThenBy(row => row.IdentityId))
        {
            var entry = new JsonObject
            {
                ["identity_id"] = row.IdentityId.ToString(),
                ["channel"] = row.Channel,
                ["kind"] = row.Kind,
                ["linked_at"] = row.LinkedAt.ToString("O"),
                ["hash"] = row.IndexValue,
            };
            if (row.SealedId is { } cell)
                entry["id"] = await vault.OpenAsync(
                    Identity.Sealed.At(KeyOwner.User(row.SealedUnder), row.IdentityId),
                    cell,
                    cancellation
                );
            entries.Add(JsonSerializer.SerializeToElement(entry, ExportJson.Default.JsonObject));
        }

        return entries;
    }

    public Task MergeAsync(HatcheckDb db, Guid tenant, Guid survivor, Guid merged, CancellationToken cancellation) =>
        db.Set<Identity>()
            .Where(row => row.UserId == merged)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.UserId, survivor), cancellation);
}

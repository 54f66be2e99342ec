using System.Text.Json;
using System.Text.Json.Nodes;
using Hatcheck.Platform;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Profiles;

/// <summary>The profiles of a user, for export, erasure and merges.</summary>
internal sealed class ProfileData(PersonVaults vaults) : IPersonalData
{
    public string Name => "profiles";

    public async Task<IReadOnlyList<JsonElement>> ExportAsync(
        HatcheckDb db,
        PersonScope person,
        PersonVault vault,
        CancellationToken cancellation
    )
    {
        var users = person.Users;
        var rows = await db.Set<ProfileRow>()
            .AsNoTracking()
            .Where(row => users.Contains(row.UserId))
            .OrderBy(row => row.UserId)
            .ToListAsync(cancellation);
        var entries = new List<JsonElement>();
        foreach (var row in rows)
        {
            var profile = await vault.OpenAsync(ProfileRow.Sealed.At(KeyOwner.User(row.UserId)), row.Profile, cancellation);
            var entry = JsonSerializer.SerializeToNode(profile, SealedProfileJson.Default.Profile)!.AsObject();
            entry.Insert(0, "user_id", JsonValue.Create(row.UserId.ToString()));
            if (profile.Email is null)
                entry.Remove("email_verified");
            entries.Add(JsonSerializer.SerializeToElement(entry, ExportJson.Default.JsonObject));
        }

        return entries;
    }

    /// <summary>
    /// The survivor keeps its values and takes over those it lacks, address and number with their index. The merged user's
    /// own profile stays for the export. Its other index rows are deleted, so that a search finds only values that the
    /// profile shows.
    /// </summary>
    public async Task MergeAsync(HatcheckDb db, Guid tenant, Guid survivor, Guid merged, CancellationToken cancellation)
    {
        var rows = await db.Set<ProfileRow>()
            .Where(row => row.UserId == survivor || row.UserId == merged)
            .ToListAsync(cancellation);
        if (rows.Find(row => row.UserId == merged) is not { } theirs)
            return;
        var mine = rows.Find(row => row.UserId == survivor);
        using var vault = vaults.In(db);
        await vault.ReadKeysAsync([survivor, merged], cancellation);
        var place = ProfileRow.Sealed.At(KeyOwner.User(survivor));
        var before = mine is null ? Profile.Empty : await vault.OpenAsync(place, mine.Profile, cancellation);
        var after = before.FilledFrom(
            await vault.OpenAsync(ProfileRow.Sealed.At(KeyOwner.User(merged)), theirs.Profile, cancellation)
        );
        foreach (var kind in new[] { ProfileIndex.Email, ProfileIndex.Phone })
        {
            var values = db.Set<ProfileValue>().Where(value => value.Kind == kind && value.UserId == merged);
            if (ProfileIndex.ValueOf(before, kind) is null)
                await values.ExecuteUpdateAsync(set => set.SetProperty(value => value.UserId, survivor), cancellation);
            else
                await values.ExecuteDeleteAsync(cancellation);
        }

        var cell = await vault.SealAsync(place, after, cancellation);
        if (mine is null)
            db.Add(
                new ProfileRow
                {
                    TenantId = tenant,
                    UserId = survivor,
                    Profile = cell,
                }
            );
        else
            mine.Profile = cell;
    }

    public async Task EraseAsync(HatcheckDb db, PersonScope person, CancellationToken cancellation)
    {
        var users = person.Users;
        // The caller who created these users may repeat the request, and must learn that they are gone rather than create
        // them again. So the row stays until it expires, without the hash of the profile.
        await db.Set<IdempotencyRow>()
            .Where(row => row.UserId == Guid.Empty && users.Contains(row.ResourceId))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.RequestHash, IdempotencyRow.Forgotten), cancellation);
    }
}

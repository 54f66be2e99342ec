using Hatcheck.People.Users;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Profiles;

/// <summary>A user whose row the transaction locks, with the current profile.</summary>
/// <param name="User">The user.</param>
/// <param name="Profile">Empty if absent.</param>
/// <param name="Row">The profile's row, tracked; null if absent.</param>
internal sealed record HeldProfile(Guid User, Profile Profile, ProfileRow? Row);

/// <summary>A planned change of a profile.</summary>
/// <param name="Held">The current profile.</param>
/// <param name="After">The new profile.</param>
/// <param name="Values">The index rows that the change adds.</param>
/// <param name="Actor">The actor in the audit log.</param>
internal sealed record ProfileEdit(HeldProfile Held, Profile After, IReadOnlyList<ProfileValue> Values, Actor Actor);

/// <summary>
/// Reads and writes profiles within a transaction that locks their users' rows and the tenant's key epoch. Fifty profiles
/// take as many statements as one.
/// </summary>
internal sealed class HeldProfiles(TimeProvider time)
{
    /// <summary>Reads users' profiles, decrypted by the vault, which holds their keys from now on.</summary>
    public static async Task<Dictionary<Guid, HeldProfile>> ReadAsync(
        HatcheckDb db,
        PersonVault vault,
        IReadOnlyCollection<Guid> users,
        CancellationToken cancellation
    )
    {
        if (users.Count == 0)
            return [];
        await vault.ReadKeysAsync(users, cancellation);
        var rows = await db.Set<ProfileRow>()
            .Where(row => users.Contains(row.UserId))
            .ToDictionaryAsync(row => row.UserId, cancellation);
        var people = new Dictionary<Guid, HeldProfile>();
        foreach (var user in users)
        {
            var row = rows.GetValueOrDefault(user);
            var profile = row is null
                ? Profile.Empty
                : await vault.OpenAsync(ProfileRow.Sealed.At(KeyOwner.User(user)), row.Profile, cancellation);
            people[user] = new HeldProfile(user, profile, row);
        }

        return people;
    }

    /// <summary>Returns the e-mail addresses among these values that another user has, with that user.</summary>
    public static async Task<List<(ProfileValue Value, Guid Holder)>> TakenAsync(
        HatcheckDb db,
        IReadOnlyCollection<ProfileValue> values,
        CancellationToken cancellation
    )
    {
        var emails = values.Where(value => value.Kind == ProfileIndex.Email).ToList();
        if (emails.Count == 0)
            return [];
        var indexes = emails.ConvertAll(value => value.IndexValue);
        var present = await db.Set<ProfileValue>()
            .AsNoTracking()
            .Where(value => value.Kind == ProfileIndex.Email && indexes.Contains(value.IndexValue))
            .ToListAsync(cancellation);
        var holders = present.ToLookup(value => value.IndexValue, value => value.UserId, StringComparer.Ordinal);
        return
        [
            .. from value in emails from holder in holders[value.IndexValue] where holder != value.UserId select (value, holder),
        ];
    }

    /// <summary>
    /// Writes the changed profiles; an unchanged user keeps the entity tag. The caller has checked that no one else has
    /// the values.
    /// </summary>
    public async Task WriteAsync(
        HatcheckDb db,
        PersonVault vault,
        IReadOnlyCollection<ProfileEdit> edits,
        CancellationToken cancellation
    )
    {
        var changed = edits
            .Select(edit => (Edit: edit, Fields: Profile.Differences(edit.Held.Profile, edit.After).ToList()))
            .Where(change => change.Fields.Count > 0)
            .ToList();
        if (changed.Count == 0)
            return;
        foreach (var kind in ProfileIndex.Kinds)
        {
            var users = changed
                .Where(change =>
                    ProfileIndex.ValueOf(change.Edit.Held.Profile, kind) != ProfileIndex.ValueOf(change.Edit.After, kind)
                    && ProfileIndex.ValueOf(change.Edit.Held.Profile, kind) is not null
                )
                .Select(change => change.Edit.Held.User)
                .ToList();
            if (users.Count > 0)
                await db.Set<ProfileValue>()
                    .Where(value => value.Kind == kind && users.Contains(value.UserId))
                    .ExecuteDeleteAsync(cancellation);
        }

        foreach (var (edit, fields) in changed)
        {
            var held = edit.Held;
            db.AddRange(edit.Values);
            var cell = await vault.SealAsync(ProfileRow.Sealed.At(KeyOwner.User(held.User)), edit.After, cancellation);
            if (held.Row is null)
                db.Add(
                    new ProfileRow
                    {
                        TenantId = vault.Tenant,
                        UserId = held.User,
                        Profile = cell,
                    }
                );
            else
                held.Row.Profile = cell;
            await AuditTrail.AddAsync(
                db,
                vault,
                held.User,
                ProfileActs.Update,
                edit.Actor,
                string.Join(' ', fields),
                cancellation
            );
            OutboxEvents.Add(db, ProfileEvents.Updated, held.User);
        }

        await UserRows.TouchAsync(db, changed.ConvertAll(change => change.Edit.Held.User), time.Now(), cancellation);
    }
}

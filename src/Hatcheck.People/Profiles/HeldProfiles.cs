using Hatcheck.People.Users;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Profiles;

/// <summary>A user whose row the transaction holds, as they are.</summary>
/// <param name="User">The user.</param>
/// <param name="Profile">Empty if there is none yet.</param>
/// <param name="Row">The row that holds it, tracked; null if there is none yet.</param>
internal sealed record HeldProfile(Guid User, Profile Profile, ProfileRow? Row);

/// <summary>What is to become of one.</summary>
/// <param name="Held">As it is.</param>
/// <param name="After">As it is to be.</param>
/// <param name="Values">The index rows that are new by it.</param>
/// <param name="Actor">Who does it.</param>
internal sealed record ProfileEdit(HeldProfile Held, Profile After, IReadOnlyList<ProfileValue> Values, Actor Actor);

/// <summary>
/// Reads and writes profiles within a transaction that holds their users' rows and the tenant's key epoch: as many statements
/// for fifty of them as for one.
/// </summary>
internal sealed class HeldProfiles(TimeProvider time)
{
    /// <summary>The profiles of users, opened with the vault, which has their keys from now on.</summary>
    public static async Task<Dictionary<Guid, HeldProfile>> ReadAsync(
        HatcheckDb db,
        PersonVault vault,
        IReadOnlyCollection<Guid> users,
        CancellationToken cancellation
    )
    {
        if (users.Count == 0)
            return [];
        await vault.BringAsync(users, cancellation);
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

    /// <summary>Of these values the e-mail addresses that somebody else has, with who that is.</summary>
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
    /// Writes what differs; who stays the same keeps their entity tag. The values are nobody else's, which the caller has
    /// seen to.
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

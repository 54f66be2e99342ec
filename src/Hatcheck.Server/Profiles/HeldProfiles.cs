using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Profiles;

/// <summary>A user whose row the transaction holds, as they are.</summary>
/// <param name="User">The user.</param>
/// <param name="Profile">Empty if there is none yet.</param>
/// <param name="Row">The row that holds it, tracked; null if there is none yet.</param>
/// <param name="Key">The newest data key.</param>
/// <param name="AuditKey">Null if there is none yet.</param>
internal sealed record HeldProfile(Guid User, Profile Profile, ProfileRow? Row, UserKeyRow Key, UserKeyRow? AuditKey);

/// <summary>What is to become of one.</summary>
/// <param name="Held">As it is.</param>
/// <param name="After">As it is to be.</param>
/// <param name="Values">The index rows that are new by it.</param>
/// <param name="Actor">Who does it.</param>
internal sealed record ProfileEdit(HeldProfile Held, Profile After, IReadOnlyList<ProfileValue> Values, string Actor);

/// <summary>
/// Reads and writes profiles within a transaction that holds their users' rows and the tenant's key epoch: as many statements for fifty of
/// them as for one.
/// </summary>
internal sealed class HeldProfiles(UserKeys userKeys, AuditTrail audit, TimeProvider time)
{
    public async Task<Dictionary<Guid, HeldProfile>> ReadAsync(HatcheckDb db, Guid tenant, IReadOnlyCollection<Guid> users, CancellationToken cancellation)
    {
        if (users.Count == 0) return [];
        var keys = (await db.Set<UserKeyRow>().AsNoTracking().Where(key => users.Contains(key.UserId)).ToListAsync(cancellation)).ToLookup(key => key.UserId);
        var rows = await db.Set<ProfileRow>().Where(row => users.Contains(row.UserId)).ToDictionaryAsync(row => row.UserId, cancellation);
        var people = new Dictionary<Guid, HeldProfile>();
        foreach (var user in users)
        {
            var key = keys[user].Where(row => row.Purpose == KeyPurpose.Data).MaxBy(row => row.Version) ?? throw new CannotOpenException();
            var row = rows.GetValueOrDefault(user);
            var profile = Profile.Empty;
            if (row is not null)
            {
                using var opened = await OpenAsync(key, cancellation);
                profile = Profile.Open(opened, tenant, user, row.Profile);
            }

            people[user] = new HeldProfile(user, profile, row, key, keys[user].FirstOrDefault(audit => audit.Purpose == KeyPurpose.Audit));
        }

        return people;
    }

    /// <summary>A person's data key. The caller disposes it.</summary>
    public Task<DataKey> OpenAsync(UserKeyRow key, CancellationToken cancellation) =>
        userKeys.OpenAsync(key.TenantId, KeyPurpose.Data, new WrappedKey(key.UserId, key.Version, key.KekId, key.Wrapped), cancellation);

    /// <summary>Of these values the e-mail addresses that somebody else has, with who that is.</summary>
    public static async Task<List<(ProfileValue Value, Guid Holder)>> TakenAsync(HatcheckDb db, IReadOnlyCollection<ProfileValue> values, CancellationToken cancellation)
    {
        var emails = values.Where(value => value.Kind == ProfileIndex.Email).ToList();
        if (emails.Count == 0) return [];
        var indexes = emails.ConvertAll(value => value.IndexValue);
        var present = await db.Set<ProfileValue>().AsNoTracking().Where(value => value.Kind == ProfileIndex.Email && indexes.Contains(value.IndexValue)).ToListAsync(cancellation);
        var holders = present.ToLookup(value => value.IndexValue, value => value.UserId, StringComparer.Ordinal);
        return [.. from value in emails from holder in holders[value.IndexValue] where holder != value.UserId select (value, holder)];
    }

    /// <summary>Writes what differs; who stays the same keeps their entity tag. The values are nobody else's, which the caller has seen to.</summary>
    public async Task WriteAsync(HatcheckDb db, Guid tenant, IReadOnlyCollection<ProfileEdit> edits, CancellationToken cancellation)
    {
        var changed = edits.Select(edit => (Edit: edit, Fields: Profile.Differences(edit.Held.Profile, edit.After).ToList())).Where(change => change.Fields.Count > 0).ToList();
        if (changed.Count == 0) return;
        foreach (var kind in ProfileIndex.Kinds)
        {
            var users = changed.Where(change => ProfileIndex.ValueOf(change.Edit.Held.Profile, kind) != ProfileIndex.ValueOf(change.Edit.After, kind)
                && ProfileIndex.ValueOf(change.Edit.Held.Profile, kind) is not null).Select(change => change.Edit.Held.User).ToList();
            if (users.Count > 0) await db.Set<ProfileValue>().Where(value => value.Kind == kind && users.Contains(value.UserId)).ExecuteDeleteAsync(cancellation);
        }

        foreach (var (edit, fields) in changed)
        {
            var held = edit.Held;
            db.AddRange(edit.Values);
            using (var key = await OpenAsync(held.Key, cancellation))
            {
                var cell = edit.After.Seal(key, tenant, held.User);
                if (held.Row is null) db.Add(new ProfileRow { TenantId = tenant, UserId = held.User, Profile = cell });
                else held.Row.Profile = cell;
            }

            await audit.AddAsync(db, held.AuditKey, tenant, held.User, "user.update", edit.Actor, string.Join(' ', fields), cancellation);
        }

        await Linking.TouchAsync(db, changed.ConvertAll(change => change.Edit.Held.User), time.Now(), cancellation);
    }
}

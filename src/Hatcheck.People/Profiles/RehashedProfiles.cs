using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Profiles;

/// <summary>
/// E-mail addresses and phone numbers of profiles: always hashed again from the value, which Hatcheck holds for blind-only
/// tenants too.
/// </summary>
internal sealed class RehashedProfiles : IBlindIndexTable
{
    public string PageQuery =>
        "select o.kind as value_group, o.index_value, o.key_version, o.kind, o.user_id as id, o.user_id, o.user_id as "
        + "sealed_under, p.profile as cell, "
        + "exists (select 1 from profile_values n where n.tenant_id = o.tenant_id and n.user_id = o.user_id "
        + "and n.kind = o.kind and n.key_version = $2) as is_done "
        + "from profile_values o left join profiles p on p.tenant_id = o.tenant_id and p.user_id = o.user_id "
        + "where o.tenant_id = $1 and o.key_version < $2 and (o.kind, o.index_value, o.user_id) > ($3, $4, $6) "
        + "order by o.kind, o.index_value, o.user_id limit $5";

    public string CopyStatement =>
        "insert into profile_values (tenant_id, kind, index_value, key_version, user_id) "
        + "select o.tenant_id, o.kind, $4, $5, o.user_id "
        + "from tenants t join users u on u.tenant_id = t.tenant_id join profile_values o on o.tenant_id = u.tenant_id and "
        + "o.user_id = u.user_id "
        + "where t.tenant_id = $1 and t.key_epoch = $6 and o.kind = $2 and o.index_value = $3 and o.user_id = $7 "
        + "and u.erased_at is null and u.merged_into is null "
        + "{for share} on conflict do nothing";

    public string CountQuery =>
        "select o.tenant_id, o.key_version, exists (select 1 from profile_values n where n.tenant_id = o.tenant_id "
        + "and n.user_id = o.user_id "
        + "and n.kind = o.kind and n.key_version > o.key_version) as renewed from profile_values o";

    public Task<int> LeftUnderAsync(HatcheckDb db, int version, CancellationToken cancellation) =>
        db.Set<ProfileValue>()
            .CountAsync(
                row =>
                    row.KeyVersion == version
                    && !db.Set<ProfileValue>()
                        .Any(newer => newer.UserId == row.UserId && newer.Kind == row.Kind && newer.KeyVersion > version),
                cancellation
            );

    public Task<int> DeleteAsync(HatcheckDb db, int version, CancellationToken cancellation) =>
        db.Set<ProfileValue>().Where(row => row.KeyVersion == version).ExecuteDeleteAsync(cancellation);

    public async ValueTask<string?> NewValueAsync(
        TenantKeySet keys,
        bool blindOnly,
        OldValue value,
        PersonVault vault,
        CancellationToken cancellation
    )
    {
        if (value.Sealed is not { } cell)
            return null;
        var profile = await vault.OpenAsync(ProfileRow.Sealed.At(KeyOwner.User(value.User)), cell, cancellation);
        if (ProfileIndex.ValueOf(profile, value.Group) is not { } plain)
            return null;
        // A row that does not match the profile was inserted by hand: left, and reported.
        var old = keys.Profile.FirstOrDefault(known => known.Version == value.Version);
        if (old is not null && ProfileIndex.Compute(old, value.Group, plain) != value.Value)
            return null;
        return ProfileIndex.Compute(keys.Profile[0], value.Group, plain);
    }
}

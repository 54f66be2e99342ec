using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Users.Rotation;

/// <summary>Identities: hashed again from the sealed id, or nested for a blind-only tenant.</summary>
internal sealed class RehashedIdentities : IBlindIndexTable
{
    public string PageQuery =>
        "select o.channel as value_group, o.index_value, o.key_version, o.kind, o.identity_id as id, o.user_id, "
        + "o.sealed_under, o.sealed_id as cell, "
        + "exists (select 1 from identities n where n.tenant_id = o.tenant_id and n.user_id = o.user_id "
        + "and n.identity_id = o.identity_id and n.key_version = $2) as is_done "
        + "from identities o where o.tenant_id = $1 and o.key_version < $2 "
        + "and (o.channel, o.index_value, o.user_id) > ($3, $4, $6) order by o.channel, o.index_value, o.user_id limit $5";

    public string CopyStatement =>
        "insert into identities (tenant_id, channel, index_value, key_version, kind, identity_id, user_id, sealed_under, "
        + "sealed_id, linked_at) "
        + "select o.tenant_id, o.channel, $4, $5, o.kind, o.identity_id, o.user_id, o.sealed_under, o.sealed_id, o.linked_at "
        + "from tenants t join users u on u.tenant_id = t.tenant_id join identities o on o.tenant_id = u.tenant_id and "
        + "o.user_id = u.user_id "
        + "where t.tenant_id = $1 and t.key_epoch = $6 and o.channel = $2 and o.index_value = $3 and o.user_id = $7 "
        + "and u.erased_at is null and u.merged_into is null "
        + "{for share} on conflict do nothing";

    public string CountQuery =>
        "select o.tenant_id, o.key_version, exists (select 1 from identities n where n.tenant_id = o.tenant_id "
        + "and n.user_id = o.user_id "
        + "and n.identity_id = o.identity_id and n.key_version > o.key_version) as renewed from identities o";

    public Task<int> LeftUnderAsync(HatcheckDb db, int version, CancellationToken cancellation) =>
        db.Set<Identity>()
            .CountAsync(
                row =>
                    row.KeyVersion == version
                    && !db.Set<Identity>()
                        .Any(newer =>
                            newer.UserId == row.UserId && newer.IdentityId == row.IdentityId && newer.KeyVersion > version
                        ),
                cancellation
            );

    public Task<int> DeleteAsync(HatcheckDb db, int version, CancellationToken cancellation) =>
        db.Set<Identity>().Where(row => row.KeyVersion == version).ExecuteDeleteAsync(cancellation);

    public async ValueTask<string?> NewValueAsync(
        TenantKeySet keys,
        bool blindOnly,
        OldValue value,
        PersonVault vault,
        CancellationToken cancellation
    )
    {
        if (blindOnly)
            return keys.Nest(value.Value, value.Version) is [var newest, ..] ? newest.Value : null;
        if (value.Sealed is not { } cell)
            return null;
        var id = await vault.OpenAsync(Identity.Sealed.At(KeyOwner.User(value.SealedUnder), value.Id), cell, cancellation);
        return keys.Index[0].Compute(value.Group, value.Kind, id);
    }
}

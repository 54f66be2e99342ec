using Hatcheck.Access.Staff;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Access.Callers;

/// <summary>
/// Authenticates members. Every request reads their roles, so that a removed role is gone at once on every node. One round
/// trip.
/// </summary>
internal sealed class MemberCallers(Database database, TenantKeys keys, BuiltInRoles builtIn)
{
    private const string Query =
        "select m.member_id, mr.role, r.permissions, t.name, t.blind_only, t.index_scheme, t.key_epoch from members m "
        + "join tenants t on t.tenant_id = m.tenant_id "
        + "left join member_roles mr on mr.tenant_id = m.tenant_id and mr.member_id = m.member_id left join roles r on "
        + "r.tenant_id = mr.tenant_id and r.name = mr.role ";

    /// <summary>Finds a member by id; null if absent.</summary>
    public Task<Caller?> FindAsync(Guid tenant, Guid member, CancellationToken cancellation) =>
        QueryAsync(tenant, "where m.tenant_id = $1 and m.member_id = $2", [tenant, member], cancellation);

    /// <summary>Finds a member by issuer and subject; null if absent.</summary>
    public async Task<Caller?> FindAsync(Guid tenant, string issuer, string subject, CancellationToken cancellation)
    {
        if (await keys.KnownAsync(tenant, cancellation) is not { } set)
            return null;
        var index = Members.SubjectIndex(set, issuer, subject);
        return await QueryAsync(
            tenant,
            "where m.tenant_id = $1 and m.issuer = $2 and m.subject_index = $3",
            [tenant, issuer, index],
            cancellation
        );
    }

    private async Task<Caller?> QueryAsync(Guid tenant, string where, object[] parameters, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(
            tenant,
            Query + where,
            parameters,
            row =>
                (
                    Id: row.Guid("member_id"),
                    Role: row.TextOrNull("role"),
                    Own: row.TextOrNull("permissions"),
                    Home: CallerTenant.Read(tenant, row)
                ),
            cancellation
        );
        if (rows.Count == 0)
            return null;
        return new Caller.Member(rows[0].Home, builtIn.Held(rows.Select(row => (row.Role, row.Own))), rows[0].Id);
    }
}

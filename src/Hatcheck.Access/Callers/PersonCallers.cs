using Hatcheck.Access.Staff;
using Hatcheck.People.Users;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Access.Callers;

/// <summary>
/// Authenticates users. Every request reads the user, so that one who is deleted or erased is refused at once. One round
/// trip.
/// </summary>
internal sealed class PersonCallers(Database database, BuiltInRoles roles)
{
    private const string Query =
        "select s.user_id, t.name, t.blind_only, t.index_scheme, t.key_epoch from users u join tenants t "
        + "on t.tenant_id = u.tenant_id "
        + Survivor.Join
        + "where u.tenant_id = $1 and u.user_id = $2 and s.erased_at is null and s.deleted_at is null";

    /// <summary>Finds a user by id, the survivor if users were merged; null if absent, deleted or erased.</summary>
    public async Task<Caller?> FindAsync(Guid tenant, Guid user, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(tenant, Query, [tenant, user], row => Read(tenant, row), cancellation);
        return rows.Count == 0 ? null : rows[0];
    }

    private Caller.Person Read(Guid tenant, Row row) => new(CallerTenant.Read(tenant, row), roles.OfPersons, row.Guid("user_id"));
}

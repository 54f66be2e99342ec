using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;

namespace Hatcheck.Access;

/// <summary>
/// A caller who grants or removes permissions, at most those that they hold. The operator, who owns the database, holds
/// all.
/// </summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Actor">The grantor in the audit log.</param>
/// <param name="Holds">The permissions they hold, as read with the request; null for the operator.</param>
/// <param name="Member">
/// The member's id, if the grantor is one: their permissions are then read again within the change.
/// </param>
internal sealed record Grantor(Guid Tenant, Actor Actor, IReadOnlySet<string>? Holds, Guid? Member)
{
    public static Grantor Of(Caller caller) =>
        new(caller.Tenant, caller.Actor, caller.Permissions, (caller as Caller.Member)?.Id);

    public static Grantor Operator(Guid tenant, Actor actor) => new(tenant, actor, Holds: null, Member: null);

    /// <summary>Null if the grantor holds all of these.</summary>
    public AccessRefusal.NotHeld? RefuseBeyond(IEnumerable<string> permissions)
    {
        if (Holds is null)
            return null;
        var missing = permissions
            .Where(permission => !Holds.Contains(permission))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        return missing.Count == 0 ? null : new AccessRefusal.NotHeld(missing);
    }
}

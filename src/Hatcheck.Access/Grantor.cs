using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;

namespace Hatcheck.Access;

/// <summary>
/// Who gives or takes rights. Nobody grants what they do not hold; the operator, who owns the database, holds everything.
/// </summary>
/// <param name="Tenant">Where.</param>
/// <param name="Actor">How the audit log names them.</param>
/// <param name="Holds">What they hold, as read with the request; null for the operator.</param>
/// <param name="Member">The member's id, if it is one: what they hold is then read again within the change.</param>
internal sealed record Grantor(Guid Tenant, Actor Actor, IReadOnlySet<string>? Holds, Guid? Member)
{
    public static Grantor Of(Caller caller) =>
        new(caller.Tenant, caller.Actor, caller.Permissions, (caller as Caller.Member)?.Id);

    public static Grantor Operator(Guid tenant, Actor actor) => new(tenant, actor, Holds: null, Member: null);

    /// <summary>Null if they hold all of these.</summary>
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

using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Access.Staff;

/// <summary>What every change of keys, roles and members has in common: one after the other within a tenant.</summary>
internal static class StaffChanges
{
    /// <summary>
    /// Makes this change wait for others of the tenant, so that two owners can't remove each other at once; and reads again what a member
    /// holds, so that one who was demoted a moment ago grants nothing any more: what the end point asked for is asked for again with the rest.
    /// </summary>
    public static async Task<Grantor> BeginAsync(HatcheckDb db, Grantor by, BuiltInRoles roles, CancellationToken cancellation)
    {
        await db.Database.ExecuteSqlAsync($"update tenants set key_epoch = key_epoch where tenant_id = {by.Tenant}", cancellation);
        return by.Member is { } member ? by with { Holds = roles.Known.Held(await HeldByAsync(db, member, roles, cancellation)) } : by;
    }

    /// <summary>Everything that a member's roles give.</summary>
    public static async Task<List<string>> HeldByAsync(HatcheckDb db, Guid member, BuiltInRoles roles, CancellationToken cancellation)
    {
        var names = await db.Set<MemberRoleRow>().AsNoTracking().Where(row => row.MemberId == member).Select(row => row.Role).ToListAsync(cancellation);
        var own = await db.Set<RoleRow>().AsNoTracking().Where(row => names.Contains(row.Name)).Select(row => row.Permissions).ToListAsync(cancellation);
        return
        [
            .. names.Select(roles.Find).OfType<Role>().SelectMany(role => role.Permissions),
            .. own.SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        ];
    }

    /// <summary>The names of all roles: built-in ones first, then the tenant's own.</summary>
    public static async Task<IReadOnlyList<string>> RoleNamesAsync(HatcheckDb db, BuiltInRoles roles, CancellationToken stop)
    {
        var own = await db.Set<RoleRow>().AsNoTracking().OrderBy(row => row.Name).Select(row => row.Name).ToListAsync(stop);
        return [.. roles.All.Select(role => role.Name), .. own];
    }
}

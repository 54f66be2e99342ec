using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Access.Staff;

/// <summary>The roles that a tenant adds to the built-in ones. The caller checks names and permissions first.</summary>
internal sealed class CustomRoles(Database database, StaffChanges changes, BuiltInRoles builtIn, TimeProvider time)
{
    /// <summary>The most roles of a tenant's own.</summary>
    public const int Most = 100;

    /// <summary>The permissions that a role can grant.</summary>
    public KnownPermissions Known => builtIn.Known;

    /// <summary>Every role of the tenant: built-in ones first, then its own by name.</summary>
    public Task<List<Role>> ListAsync(Guid tenant, CancellationToken cancellation) =>
        database.ReadAsync(
            tenant,
            async (db, stop) =>
            {
                var own = await db.Set<RoleRow>().AsNoTracking().OrderBy(row => row.Name).ToListAsync(stop);
                return (List<Role>)[.. builtIn.All, .. own.Select(View)];
            },
            cancellation
        );

    public async Task<Outcome<Role>> FindAsync(Guid tenant, string name, CancellationToken cancellation)
    {
        if (builtIn.Find(name) is { } known)
            return known;
        var own = await ListAsync(tenant, cancellation);
        if (own.Find(role => role.Name == name) is { } found)
            return found;
        return new AccessRefusal.NoSuchRole(name, own.ConvertAll(role => role.Name));
    }

    public async Task<Outcome<Role>> AddAsync(
        Grantor by,
        string name,
        IReadOnlyList<string> permissions,
        CancellationToken cancellation
    )
    {
        if (builtIn.Find(name) is not null)
            return new AccessRefusal.RoleExists();
        return await changes.RunAsync<Role>(
            by,
            async (change, stop) =>
            {
                var roles = change.Db.Set<RoleRow>();
                if (change.RefuseBeyond([.. permissions, AccessPermissions.RolesWrite]) is { } refusal)
                    return refusal;
                if (await roles.AnyAsync(row => row.Name == name, stop))
                    return new AccessRefusal.RoleExists();
                if (await roles.CountAsync(stop) >= Most)
                    return new AccessRefusal.TooMany($"A tenant has at most {Most} roles of its own.");
                var now = time.Now();
                var added = new RoleRow
                {
                    TenantId = by.Tenant,
                    Name = name,
                    Permissions = Text(permissions),
                    CreatedAt = now,
                };
                roles.Add(added);
                change.Record(AccessActs.RoleAdd, Subject.Of("role", name).And(View(added).Permissions));
                return View(added);
            },
            cancellation
        );
    }

    /// <summary>
    /// Changes a role's permissions, at once, for all its members. The grantor must hold both the old and the new ones.
    /// </summary>
    public Task<Outcome<Role>> ChangeAsync(
        Grantor by,
        string name,
        IReadOnlyList<string> permissions,
        CancellationToken cancellation
    ) =>
        RunAsync(
            by,
            name,
            permissions,
            (change, row, _) =>
            {
                row.Permissions = Text(permissions);
                change.Record(AccessActs.RoleChange, Subject.Of("role", name).And(View(row).Permissions));
                return Task.FromResult<Outcome<Role>>(View(row));
            },
            cancellation
        );

    public Task<Outcome<Role>> RemoveAsync(Grantor by, string name, CancellationToken cancellation) =>
        RunAsync(
            by,
            name,
            [],
            async (change, row, stop) =>
            {
                if (await change.Db.Set<MemberRoleRow>().AnyAsync(member => member.Role == name, stop))
                    return new AccessRefusal.RoleInUse();
                change.Db.Remove(row);
                change.Record(AccessActs.RoleRemove, Subject.Of("role", name));
                return View(row);
            },
            cancellation
        );

    // For one of the tenant's own roles.
    private async Task<Outcome<Role>> RunAsync(
        Grantor by,
        string name,
        IReadOnlyList<string> permissions,
        Func<StaffChange, RoleRow, CancellationToken, Task<Outcome<Role>>> act,
        CancellationToken cancellation
    )
    {
        if (builtIn.Find(name) is not null)
            return new AccessRefusal.BuiltInRole();
        return await changes.RunAsync<Role>(
            by,
            async (change, stop) =>
            {
                // An invalid name may be text that the database refuses.
                var row = BoundedText.IsCode(name)
                    ? await change.Db.Set<RoleRow>().FirstOrDefaultAsync(candidate => candidate.Name == name, stop)
                    : null;
                if (row is null)
                    return new AccessRefusal.NoSuchRole(name, await change.RoleNamesAsync(stop));
                string[] needed = [.. View(row).Permissions, .. permissions, AccessPermissions.RolesWrite];
                if (change.RefuseBeyond(needed) is { } refusal)
                    return refusal;
                return await act(change, row, stop);
            },
            cancellation
        );
    }

    private string Text(IReadOnlyList<string> permissions) => string.Join(' ', builtIn.Known.Names.Where(permissions.Contains));

    private static Role View(RoleRow row) => new(row.Name, row.Permissions.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}

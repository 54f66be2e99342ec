using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Access.Staff;

/// <summary>The roles that a tenant makes for itself beside the built-in ones. Names and permissions are checked before.</summary>
internal sealed class CustomRoles(Database database, BuiltInRoles builtIn, TimeProvider time)
{
    /// <summary>Roles of its own that a tenant may have.</summary>
    public const int Most = 100;

    /// <summary>What a role can give.</summary>
    public KnownPermissions Known => builtIn.Known;

    /// <summary>Every role of the tenant: built-in ones first, then its own by name.</summary>
    public Task<List<Role>> ListAsync(Guid tenant, CancellationToken cancellation) => database.ReadAsync(
        tenant,
        async (db, stop) =>
        {
            var own = await db.Set<RoleRow>().AsNoTracking().OrderBy(row => row.Name).ToListAsync(stop);
            return (List<Role>)[.. builtIn.All, .. own.Select(View)];
        },
        cancellation);

    public async Task<Role?> FindAsync(Guid tenant, string name, CancellationToken cancellation) =>
        builtIn.Find(name) ?? await database.ReadAsync(
            tenant,
            async (db, stop) => await db.Set<RoleRow>().AsNoTracking().FirstOrDefaultAsync(row => row.Name == name, stop) is { } row ? View(row) : null,
            cancellation);

    /// <summary>What is answered where there is no role of a name.</summary>
    public async Task<Refusal> NoSuchAsync(Guid tenant, string name, CancellationToken cancellation) =>
        new AccessRefusal.NoSuchRole(name, (await ListAsync(tenant, cancellation)).ConvertAll(role => role.Name));

    public async Task<Outcome<Role>> AddAsync(Grantor by, string name, IReadOnlyList<string> permissions, CancellationToken cancellation)
    {
        if (builtIn.Find(name) is not null) return new AccessRefusal.RoleExists();
        return await database.WriteAsync<Outcome<Role>>(
            by.Tenant,
            async (db, stop) =>
            {
                var grantor = await StaffChanges.BeginAsync(db, by, builtIn, stop);
                if (grantor.RefuseBeyond([.. permissions, AccessPermissions.RolesWrite]) is { } refusal) return refusal;
                if (await db.Set<RoleRow>().AnyAsync(row => row.Name == name, stop)) return new AccessRefusal.RoleExists();
                if (await db.Set<RoleRow>().CountAsync(stop) >= Most) return new AccessRefusal.TooMany($"A tenant has at most {Most} roles of its own.");
                var now = time.Now();
                var added = new RoleRow { TenantId = by.Tenant, Name = name, Permissions = Text(permissions), CreatedAt = now };
                db.Add(added);
                AuditTrail.Add(db, AccessActs.RoleAdd, by.Actor, subject: Subject.Of("role", name).And(View(added).Permissions));
                return View(added);
            },
            cancellation);
    }

    /// <summary>Changes what a role gives, at once, to everybody who has it: so the grantor must hold both what it gave and what it will give.</summary>
    public Task<Outcome<Role>> ChangeAsync(Grantor by, string name, IReadOnlyList<string> permissions, CancellationToken cancellation) =>
        WithOwnAsync(
            by,
            name,
            permissions,
            (db, row, _) =>
            {
                row.Permissions = Text(permissions);
                AuditTrail.Add(db, AccessActs.RoleChange, by.Actor, subject: Subject.Of("role", name).And(View(row).Permissions));
                return Task.FromResult<Outcome<Role>>(View(row));
            },
            cancellation);

    public Task<Outcome<Role>> RemoveAsync(Grantor by, string name, CancellationToken cancellation) =>
        WithOwnAsync(
            by,
            name,
            [],
            async (db, row, stop) =>
            {
                if (await db.Set<MemberRoleRow>().AnyAsync(member => member.Role == name, stop)) return new AccessRefusal.RoleInUse();
                db.Remove(row);
                AuditTrail.Add(db, AccessActs.RoleRemove, by.Actor, subject: Subject.Of("role", name));
                return View(row);
            },
            cancellation);

    private async Task<Outcome<Role>> WithOwnAsync(
        Grantor by, string name, IReadOnlyList<string> permissions, Func<HatcheckDb, RoleRow, CancellationToken, Task<Outcome<Role>>> change, CancellationToken cancellation)
    {
        if (builtIn.Find(name) is not null) return new AccessRefusal.BuiltInRole();
        return await database.WriteAsync<Outcome<Role>>(
            by.Tenant,
            async (db, stop) =>
            {
                var grantor = await StaffChanges.BeginAsync(db, by, builtIn, stop);
                var row = await db.Set<RoleRow>().FirstOrDefaultAsync(candidate => candidate.Name == name, stop);
                if (row is null) return new AccessRefusal.NoSuchRole(name, await StaffChanges.RoleNamesAsync(db, builtIn, stop));
                if (grantor.RefuseBeyond([.. View(row).Permissions, .. permissions, AccessPermissions.RolesWrite]) is { } refusal) return refusal;
                return await change(db, row, stop);
            },
            cancellation);
    }

    private string Text(IReadOnlyList<string> permissions) => string.Join(' ', builtIn.Known.Names.Where(permissions.Contains));

    private static Role View(RoleRow row) => new(row.Name, row.Permissions.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}

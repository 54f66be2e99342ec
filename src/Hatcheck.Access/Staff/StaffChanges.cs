using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Access.Staff;

/// <summary>
/// A change of a tenant's keys, roles or members in progress: one transaction, which locks the tenant's row.
/// </summary>
internal sealed class StaffChange(HatcheckDb db, Grantor by, BuiltInRoles builtIn)
{
    private Grantor grantor = by;

    public HatcheckDb Db => db;

    public Actor Actor => grantor.Actor;

    /// <summary>See <see cref="Grantor.RefuseBeyond"/>; with the grantor's permissions as of this transaction.</summary>
    public AccessRefusal.NotHeld? RefuseBeyond(IEnumerable<string> permissions) => grantor.RefuseBeyond(permissions);

    /// <summary>Records the act, in ids and codes.</summary>
    public void Record(Act act, Subject subject) => AuditTrail.Add(db, act, grantor.Actor, subject: subject);

    /// <summary>Reads the permissions of a grantor who is a member again.</summary>
    public async Task ReadGrantorAsync(CancellationToken cancellation)
    {
        if (grantor.Member is not { } member)
            return;
        grantor = grantor with { Holds = builtIn.Known.Held(await HeldByAsync(member, cancellation)) };
    }

    /// <summary>All permissions of a member's roles.</summary>
    public async Task<List<string>> HeldByAsync(Guid member, CancellationToken cancellation)
    {
        var names = await db.Set<MemberRoleRow>()
            .AsNoTracking()
            .Where(row => row.MemberId == member)
            .Select(row => row.Role)
            .ToListAsync(cancellation);
        var own = await db.Set<RoleRow>()
            .AsNoTracking()
            .Where(row => names.Contains(row.Name))
            .Select(row => row.Permissions)
            .ToListAsync(cancellation);
        return
        [
            .. names.Select(builtIn.Find).OfType<Role>().SelectMany(role => role.Permissions),
            .. own.SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        ];
    }

    /// <summary>The names of all roles: built-in ones first, then the tenant's own.</summary>
    public async Task<IReadOnlyList<string>> RoleNamesAsync(CancellationToken cancellation)
    {
        var own = await db.Set<RoleRow>()
            .AsNoTracking()
            .OrderBy(row => row.Name)
            .Select(row => row.Name)
            .ToListAsync(cancellation);
        return [.. builtIn.All.Select(role => role.Name), .. own];
    }
}

/// <summary>
/// Changes a tenant's keys, roles and members, always in the same steps: lock, check, change, record, commit.
/// </summary>
internal sealed class StaffChanges(Database database, BuiltInRoles builtIn)
{
    private const string Lock = "update tenants set key_epoch = key_epoch where tenant_id = $1";

    /// <summary>
    /// Runs a change in one transaction; a refusal rolls it back. Changes of a tenant run one at a time, so that two
    /// owners cannot remove each other at once. A member's permissions are read again: one who was just demoted grants
    /// nothing.
    /// </summary>
    public Task<Outcome<T>> RunAsync<T>(
        Grantor by,
        Func<StaffChange, CancellationToken, Task<Outcome<T>>> change,
        CancellationToken cancellation
    ) =>
        database.RepeatAsync(
            () =>
                database.WriteAsync(
                    by.Tenant,
                    async (db, stop) =>
                    {
                        await db.Statements.ExecuteAsync(Lock, [db.Tenant], stop);
                        var begun = new StaffChange(db, by, builtIn);
                        await begun.ReadGrantorAsync(stop);
                        return await change(begun, stop);
                    },
                    cancellation
                ),
            cancellation
        );
}

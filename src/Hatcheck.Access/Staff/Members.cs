using Hatcheck.Access.Sessions;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Access.Staff;

/// <summary>
/// A tenant's staff: their sealed profiles, how they sign in, and their roles. The caller checks the values first.
/// </summary>
internal sealed class Members(
    Database database,
    StaffChanges changes,
    TenantKeys tenantKeys,
    PersonVaults vaults,
    BuiltInRoles builtIn,
    TimeProvider time
)
{
    private const int Most = 10_000;

    private static readonly Columns Shown = new();
    private static readonly Field Id = Shown.Add("m.member_id");
    private static readonly Field Issuer = Shown.Add("m.issuer");
    private static readonly Field Profile = Shown.Add("m.profile");
    private static readonly Field CreatedAt = Shown.Add("m.created_at");
    private static readonly WrappedKey.Fields Key = new(Shown, "k", Id, KeyOwner.MemberPurpose);
    private static readonly Field Role = Shown.Add("mr.role");

    // One row per role and key of a member.
    private static readonly string PageQuery =
        $"select {Shown} from "
        + "(select * from members where tenant_id = $1 and member_id > $2 order by member_id limit $3) m "
        + "join user_keys k on k.tenant_id = m.tenant_id and k.user_id = m.member_id and k.purpose = 'member' "
        + "left join member_roles mr on mr.tenant_id = m.tenant_id and mr.member_id = m.member_id order by m.member_id, mr.role";

    private static readonly string FindQuery =
        $"select {Shown} from members m "
        + "join user_keys k on k.tenant_id = m.tenant_id and k.user_id = m.member_id and k.purpose = 'member' "
        + "left join member_roles mr on mr.tenant_id = m.tenant_id and mr.member_id = m.member_id where m.tenant_id = $1 "
        + "and m.member_id = $2 order by mr.role";

    /// <summary>At most <paramref name="limit"/> members after the given one, by id. One round trip.</summary>
    public async Task<List<MemberResponse>> PageAsync(Guid tenant, Guid after, int limit, CancellationToken cancellation) =>
        await OpenAsync(
            tenant,
            await database.QueryAsync(tenant, PageQuery, [tenant, after, limit], Read, cancellation),
            cancellation
        );

    public async Task<Outcome<MemberResponse>> FindAsync(Guid tenant, Guid member, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(tenant, FindQuery, [tenant, member], Read, cancellation);
        if (await OpenAsync(tenant, rows, cancellation) is [var found])
            return found;
        return new AccessRefusal.NoSuchMember();
    }

    /// <summary>
    /// The keyed hash that finds a member at sign-in. It uses the look-up key, since a tenant's index key may be for
    /// Telegram ids only.
    /// </summary>
    public static string SubjectIndex(TenantKeySet keys, string issuer, string subject) => keys.Hash("member", issuer, subject);

    public async Task<Outcome<MemberResponse>> AddAsync(
        Grantor by,
        MemberProfile profile,
        string issuer,
        IReadOnlyList<string> roles,
        CancellationToken cancellation
    )
    {
        var keys =
            await tenantKeys.KnownAsync(by.Tenant, cancellation) ?? throw new InvalidOperationException("The tenant is gone.");
        var index = SubjectIndex(keys, issuer, profile.Subject);
        var id = Guid.NewGuid();
        using var vault = vaults.Open(by.Tenant);
        var key = await vault.CreateAsync(KeyOwner.Member(id), cancellation);
        var cell = await vault.SealAsync(PlaceOf(id), profile, cancellation);
        return await changes.RunAsync<MemberResponse>(
            by,
            async (change, stop) =>
            {
                var db = change.Db;
                if (await RefuseRolesAsync(change, roles, stop) is { } refusal)
                    return refusal;
                if (await db.Set<MemberRow>().AnyAsync(row => row.Issuer == issuer && row.SubjectIndex == index, stop))
                    return new AccessRefusal.MemberExists();
                if (await db.Set<MemberRow>().CountAsync(stop) >= Most)
                    return new AccessRefusal.TooMany($"A tenant has at most {Most} members.");
                var added = new MemberRow
                {
                    TenantId = by.Tenant,
                    MemberId = id,
                    Issuer = issuer,
                    SubjectIndex = index,
                    Profile = cell,
                    CreatedAt = time.Now(),
                };
                db.AddRange(added, key);
                foreach (var role in roles)
                    db.Add(
                        new MemberRoleRow
                        {
                            TenantId = by.Tenant,
                            MemberId = id,
                            Role = role,
                        }
                    );
                change.Record(AccessActs.MemberAdd, Subject.Of("member", id).And(roles));
                return View(id, issuer, profile, added.CreatedAt, roles);
            },
            cancellation
        );
    }

    /// <summary>
    /// Replaces name, e-mail and roles. The grantor must also hold the member's old permissions: no one demotes those
    /// above them.
    /// </summary>
    public Task<Outcome<MemberResponse>> ChangeAsync(
        Grantor by,
        Guid member,
        string displayName,
        string? email,
        IReadOnlyList<string> roles,
        CancellationToken cancellation
    ) =>
        RunAsync(
            by,
            member,
            async (change, row, had, stop) =>
            {
                var db = change.Db;
                if (await RefuseRolesAsync(change, roles, stop) is { } refusal)
                    return refusal;
                var staysOwner = roles.Contains(BuiltInRoles.OwnerName, StringComparer.Ordinal);
                if (!staysOwner && await IsLastOwnerAsync(db, had, stop))
                    return new AccessRefusal.LastOwner();
                using var vault = vaults.In(db);
                var before = await vault.OpenAsync(PlaceOf(member), row.Profile, stop);
                var profile = before with { DisplayName = displayName, Email = email };
                row.Profile = await vault.SealAsync(PlaceOf(member), profile, stop);
                var taken = had.FindAll(role => !roles.Contains(role.Role, StringComparer.Ordinal));
                db.RemoveRange(taken);
                // Every request reads the permissions anyway; a demoted member must also sign in again.
                if (taken.Count > 0)
                    await EndSessionsAsync(change, member, "role_taken", stop);
                foreach (var role in roles.Except(had.Select(role => role.Role), StringComparer.Ordinal))
                    db.Add(
                        new MemberRoleRow
                        {
                            TenantId = by.Tenant,
                            MemberId = member,
                            Role = role,
                        }
                    );
                change.Record(AccessActs.MemberChange, Subject.Of("member", member).And(roles));
                return View(member, row.Issuer, profile, row.CreatedAt, roles);
            },
            cancellation
        );

    /// <summary>Removes a member and destroys the key of their profile.</summary>
    public async Task<Outcome<MemberResponse>> RemoveAsync(Grantor by, Guid member, CancellationToken cancellation)
    {
        var removed = await RunAsync(
            by,
            member,
            async (change, row, had, stop) =>
            {
                var db = change.Db;
                if (await IsLastOwnerAsync(db, had, stop))
                    return new AccessRefusal.LastOwner();
                using var vault = vaults.In(db);
                var profile = await vault.OpenAsync(PlaceOf(member), row.Profile, stop);
                await EndSessionsAsync(change, member, "removed", stop);
                db.RemoveRange(had);
                db.Remove(row);
                await db.Set<UserKeyRow>().Where(key => key.UserId == member).ExecuteDeleteAsync(stop);
                await db.Engine.OweCompactionAsync(db, stop);
                change.Record(AccessActs.MemberRemove, Subject.Of("member", member));
                return View(member, row.Issuer, profile, row.CreatedAt, [.. had.Select(role => role.Role)]);
            },
            cancellation
        );
        if (removed.Refusal is null)
            await database.ScrubAsync(Compaction.IfSmall, CancellationToken.None);
        return removed;
    }

    // Locks the member first: a session that starts meanwhile is either ended too, or finds no member.
    private static async Task EndSessionsAsync(StaffChange change, Guid member, string why, CancellationToken cancellation)
    {
        await SessionStart.LockMemberAsync(change.Db, member, cancellation);
        var theirs = change.Db.Set<SessionRow>().Where(session => session.UserId == member);
        await change.Db.EndAsync(theirs, AccessActs.SessionEnd, change.Actor, why, cancellation);
    }

    // For a member who holds no more than the grantor.
    private Task<Outcome<MemberResponse>> RunAsync(
        Grantor by,
        Guid member,
        Func<StaffChange, MemberRow, List<MemberRoleRow>, CancellationToken, Task<Outcome<MemberResponse>>> act,
        CancellationToken cancellation
    ) =>
        changes.RunAsync<MemberResponse>(
            by,
            async (change, stop) =>
            {
                var row = await change.Db.Set<MemberRow>().FirstOrDefaultAsync(candidate => candidate.MemberId == member, stop);
                if (row is null)
                    return new AccessRefusal.NoSuchMember();
                string[] needed = [.. await change.HeldByAsync(member, stop), AccessPermissions.MembersWrite];
                if (change.RefuseBeyond(needed) is { } refusal)
                    return refusal;
                var had = await change.Db.Set<MemberRoleRow>().Where(role => role.MemberId == member).ToListAsync(stop);
                return await act(change, row, had, stop);
            },
            cancellation
        );

    private async Task<Refusal?> RefuseRolesAsync(StaffChange change, IReadOnlyList<string> roles, CancellationToken cancellation)
    {
        var gives = new List<string> { AccessPermissions.MembersWrite };
        foreach (var name in roles)
        {
            if (BuiltInRoles.IsForMembers(name) && await GivenByAsync(change.Db, name, cancellation) is { } permissions)
            {
                gives.AddRange(permissions);
                continue;
            }

            var there = await change.RoleNamesAsync(cancellation);
            return new AccessRefusal.NotARole(name, [.. there.Where(BuiltInRoles.IsForMembers)]);
        }

        return change.RefuseBeyond(gives);
    }

    private async Task<IReadOnlyList<string>?> GivenByAsync(HatcheckDb db, string role, CancellationToken cancellation)
    {
        if (builtIn.Find(role) is { } known)
            return known.Permissions;
        var own = await db.Set<RoleRow>().AsNoTracking().FirstOrDefaultAsync(row => row.Name == role, cancellation);
        return own?.Permissions.Split(' ');
    }

    private static async Task<bool> IsLastOwnerAsync(HatcheckDb db, List<MemberRoleRow> had, CancellationToken cancellation) =>
        had.Exists(role => role.Role == BuiltInRoles.OwnerName)
        && await db.Set<MemberRoleRow>().CountAsync(role => role.Role == BuiltInRoles.OwnerName, cancellation) == 1;

    private static CellPlace<MemberProfile> PlaceOf(Guid member) => MemberRow.Sealed.At(KeyOwner.Member(member));

    private async Task<List<MemberResponse>> OpenAsync(Guid tenant, List<Stored> rows, CancellationToken cancellation)
    {
        using var vault = vaults.Open(tenant, rows.ConvertAll(row => row.Key));
        var members = new List<MemberResponse>();
        foreach (var group in rows.GroupBy(row => row.Id))
        {
            var row = group.First();
            var profile = await vault.OpenAsync(PlaceOf(row.Id), row.Profile, cancellation);
            var roles = group.Select(member => member.Role).OfType<string>().Distinct(StringComparer.Ordinal);
            members.Add(View(row.Id, row.Issuer, profile, row.CreatedAt, [.. roles]));
        }

        return members;
    }

    private static MemberResponse View(
        Guid id,
        string issuer,
        MemberProfile profile,
        DateTimeOffset at,
        IReadOnlyList<string> roles
    ) => new(id, profile.DisplayName, issuer, profile.Subject, [.. roles.Order(StringComparer.Ordinal)], at, profile.Email);

    private static Stored Read(Row row) =>
        new(row.Guid(Id), row.Text(Issuer), row.Bytes(Profile), row.Instant(CreatedAt), Key.Read(row)!, row.TextOrNull(Role));

    private sealed record Stored(Guid Id, string Issuer, byte[] Profile, DateTimeOffset CreatedAt, WrappedKey Key, string? Role);
}

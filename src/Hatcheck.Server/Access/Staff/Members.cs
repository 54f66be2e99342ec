using Hatcheck.Contracts;
using Hatcheck.Server.Access.Sessions;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Access.Staff;

/// <summary>A tenant's staff: who they are (sealed), how they sign in, what they may do. What is given is checked before.</summary>
internal sealed class Members(
    Database database, TenantKeys tenantKeys, PersonVaults vaults, BuiltInRoles builtIn, TimeProvider time)
{
    private const int Most = 10_000;

    private static readonly Columns Shown = new();
    private static readonly Field Id = Shown.Add("m.member_id");
    private static readonly Field Issuer = Shown.Add("m.issuer");
    private static readonly Field Profile = Shown.Add("m.profile");
    private static readonly Field CreatedAt = Shown.Add("m.created_at");
    private static readonly WrappedKey.Fields Key = new(Shown, "k", Id, KeyOwner.MemberPurpose);
    private static readonly Field Role = Shown.Add("mr.role");

    // One row for each role and key of a member.
    private static readonly string PageQuery =
        $"select {Shown} from "
        + "(select * from members where tenant_id = $1 and member_id > $2 order by member_id limit $3) m "
        + "join user_keys k on k.tenant_id = m.tenant_id and k.user_id = m.member_id and k.purpose = 'member' "
        + "left join member_roles mr on mr.tenant_id = m.tenant_id and mr.member_id = m.member_id order by m.member_id, mr.role";

    private static readonly string FindQuery =
        $"select {Shown} from members m "
        + "join user_keys k on k.tenant_id = m.tenant_id and k.user_id = m.member_id and k.purpose = 'member' "
        + "left join member_roles mr on mr.tenant_id = m.tenant_id and mr.member_id = m.member_id where m.tenant_id = $1 and m.member_id = $2 order by mr.role";

    /// <summary>At most <paramref name="limit"/> members after one, by id. One round trip.</summary>
    public async Task<List<MemberResponse>> PageAsync(Guid tenant, Guid after, int limit, CancellationToken cancellation) =>
        await OpenAsync(tenant, await database.QueryAsync(tenant, PageQuery, [tenant, after, limit], Read, cancellation), cancellation);

    public async Task<MemberResponse?> FindAsync(Guid tenant, Guid member, CancellationToken cancellation) =>
        await OpenAsync(tenant, await database.QueryAsync(tenant, FindQuery, [tenant, member], Read, cancellation), cancellation) is [var one] ? one : null;

    /// <summary>The keyed hash by which a member is found when they sign in. Under the look-up key: members sign in also where the tenant's index key has Telegram ids only.</summary>
    public static string SubjectIndex(TenantKeySet keys, string issuer, string subject) => keys.Hash("member", issuer, subject);

    public async Task<Outcome<MemberResponse>> AddAsync(Grantor by, MemberProfile profile, string issuer, IReadOnlyList<string> roles, CancellationToken cancellation)
    {
        var keys = await tenantKeys.KnownAsync(by.Tenant, cancellation) ?? throw new InvalidOperationException("The tenant is gone.");
        var index = SubjectIndex(keys, issuer, profile.Subject);
        var id = Guid.NewGuid();
        using var vault = vaults.Open(by.Tenant);
        var key = await vault.CreateAsync(KeyOwner.Member(id), cancellation);
        var cell = await vault.SealAsync(PlaceOf(id), profile, cancellation);
        return await database.WriteAsync<Outcome<MemberResponse>>(
            by.Tenant,
            async (db, stop) =>
            {
                var grantor = await StaffChanges.BeginAsync(db, by, builtIn, stop);
                if (await RefuseRolesAsync(db, grantor, roles, stop) is { } refusal) return refusal;
                if (await db.Set<MemberRow>().AnyAsync(row => row.Issuer == issuer && row.SubjectIndex == index, stop)) return new AccessRefusal.MemberExists();
                if (await db.Set<MemberRow>().CountAsync(stop) >= Most) return new AccessRefusal.TooMany($"A tenant has at most {Most} members.");
                var now = time.Now();
                db.AddRange(new MemberRow { TenantId = by.Tenant, MemberId = id, Issuer = issuer, SubjectIndex = index, Profile = cell, CreatedAt = now }, key);
                foreach (var role in roles) db.Add(new MemberRoleRow { TenantId = by.Tenant, MemberId = id, Role = role });
                AuditTrail.Add(db, AccessActs.MemberAdd, by.Actor, subject: Subject.Of("member", id).And(roles));
                return View(id, issuer, profile, now, roles);
            },
            cancellation);
    }

    /// <summary>Replaces name, e-mail and roles. What the member could do before, the grantor must hold too: nobody demotes those above them.</summary>
    public async Task<Outcome<MemberResponse>> ChangeAsync(
        Grantor by, Guid member, string displayName, string? email, IReadOnlyList<string> roles, CancellationToken cancellation) =>
        await WithAsync(
            by,
            member,
            async (db, grantor, row, had, stop) =>
            {
                if (await RefuseRolesAsync(db, grantor, roles, stop) is { } refusal) return refusal;
                if (!roles.Contains(BuiltInRoles.OwnerName, StringComparer.Ordinal) && await IsLastOwnerAsync(db, had, stop)) return new AccessRefusal.LastOwner();
                using var vault = vaults.In(db);
                var before = await vault.OpenAsync(PlaceOf(member), row.Profile, stop);
                var profile = before with { DisplayName = displayName, Email = email };
                row.Profile = await vault.SealAsync(PlaceOf(member), profile, stop);
                var taken = had.FindAll(role => !roles.Contains(role.Role, StringComparer.Ordinal));
                db.RemoveRange(taken);
                // What they hold is read with every request anyway; whoever is demoted signs in anew besides.
                if (taken.Count > 0) await EndSessionsAsync(db, by, member, "role_taken", stop);
                foreach (var role in roles.Except(had.Select(role => role.Role), StringComparer.Ordinal)) db.Add(new MemberRoleRow { TenantId = by.Tenant, MemberId = member, Role = role });
                AuditTrail.Add(db, AccessActs.MemberChange, by.Actor, subject: Subject.Of("member", member).And(roles));
                return View(member, row.Issuer, profile, row.CreatedAt, roles);
            },
            cancellation);

    /// <summary>Removes a member and destroys the key that says who they were.</summary>
    public async Task<Outcome<MemberResponse>> RemoveAsync(Grantor by, Guid member, CancellationToken cancellation)
    {
        var removed = await WithAsync(
            by,
            member,
            async (db, _, row, had, stop) =>
            {
                if (await IsLastOwnerAsync(db, had, stop)) return new AccessRefusal.LastOwner();
                using var vault = vaults.In(db);
                var profile = await vault.OpenAsync(PlaceOf(member), row.Profile, stop);
                await EndSessionsAsync(db, by, member, "removed", stop);
                db.RemoveRange(had);
                db.Remove(row);
                await db.Set<UserKeyRow>().Where(key => key.UserId == member).ExecuteDeleteAsync(stop);
                await db.Engine.OweCompactionAsync(db, stop);
                AuditTrail.Add(db, AccessActs.MemberRemove, by.Actor, subject: Subject.Of("member", member));
                return View(member, row.Issuer, profile, row.CreatedAt, [.. had.Select(role => role.Role)]);
            },
            cancellation);
        if (removed is Outcome<MemberResponse>.Done) await database.ScrubAsync(Compaction.IfSmall, CancellationToken.None);
        return removed;
    }

    // Locked first: a session that is begun at this moment is either ended too, or finds nobody.
    private static async Task EndSessionsAsync(HatcheckDb db, Grantor by, Guid member, string why, CancellationToken cancellation)
    {
        await SessionStart.LockMemberAsync(db, by.Tenant, member, cancellation);
        await db.EndAsync(db.Set<SessionRow>().Where(session => session.UserId == member), AccessActs.SessionEnd, by.Actor, why, cancellation);
    }

    private async Task<Outcome<MemberResponse>> WithAsync(
        Grantor by,
        Guid member,
        Func<HatcheckDb, Grantor, MemberRow, List<MemberRoleRow>, CancellationToken, Task<Outcome<MemberResponse>>> change,
        CancellationToken cancellation) =>
        await database.WriteAsync<Outcome<MemberResponse>>(
            by.Tenant,
            async (db, stop) =>
            {
                var grantor = await StaffChanges.BeginAsync(db, by, builtIn, stop);
                var row = await db.Set<MemberRow>().FirstOrDefaultAsync(candidate => candidate.MemberId == member, stop);
                if (row is null) return new AccessRefusal.NoSuchMember();
                if (grantor.RefuseBeyond([.. await StaffChanges.HeldByAsync(db, member, builtIn, stop), AccessPermissions.MembersWrite]) is { } refusal) return refusal;
                var had = await db.Set<MemberRoleRow>().Where(role => role.MemberId == member).ToListAsync(stop);
                return await change(db, grantor, row, had, stop);
            },
            cancellation);

    private async Task<Refusal?> RefuseRolesAsync(HatcheckDb db, Grantor grantor, IReadOnlyList<string> roles, CancellationToken cancellation)
    {
        var gives = new List<string> { AccessPermissions.MembersWrite };
        foreach (var name in roles)
        {
            var role = BuiltInRoles.IsForMembers(name)
                ? builtIn.Find(name)?.Permissions ?? (await db.Set<RoleRow>().AsNoTracking().FirstOrDefaultAsync(row => row.Name == name, cancellation))?.Permissions.Split(' ')
                : null;
            if (role is null)
            {
                var there = await StaffChanges.RoleNamesAsync(db, builtIn, cancellation);
                return new AccessRefusal.NotARole(name, [.. there.Where(BuiltInRoles.IsForMembers)]);
            }

            gives.AddRange(role);
        }

        return grantor.RefuseBeyond(gives);
    }

    private static async Task<bool> IsLastOwnerAsync(HatcheckDb db, List<MemberRoleRow> had, CancellationToken cancellation) =>
        had.Exists(role => role.Role == BuiltInRoles.OwnerName) && await db.Set<MemberRoleRow>().CountAsync(role => role.Role == BuiltInRoles.OwnerName, cancellation) == 1;

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

    private static MemberResponse View(Guid id, string issuer, MemberProfile profile, DateTimeOffset at, IReadOnlyList<string> roles) =>
        new(id, profile.DisplayName, issuer, profile.Subject, [.. roles.Order(StringComparer.Ordinal)], at, profile.Email);

    private static Stored Read(Row row) =>
        new(
            row.Guid(Id),
            row.Text(Issuer),
            row.Bytes(Profile),
            row.Instant(CreatedAt),
            Key.Read(row)!,
            row.TextOrNull(Role));

    private sealed record Stored(Guid Id, string Issuer, byte[] Profile, DateTimeOffset CreatedAt, WrappedKey Key, string? Role);
}

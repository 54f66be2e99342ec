using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Users;

/// <summary>
/// Locks and tags rows of <c>users</c> within a transaction, so that changes of one user run one at a time.
/// </summary>
internal static class UserRows
{
    private const string Active = "erased_at is null and merged_into is null and deleted_at is null";
    private const string Kept = "erased_at is null and merged_into is null";

    /// <summary>Locks an active user's row until the transaction ends; false if there is no such user.</summary>
    public static Task<bool> LockAsync(HatcheckDb db, Guid user, CancellationToken cancellation) =>
        LockAsync(db, user, Active, cancellation);

    /// <summary>Same, for a user who may be deleted but is not yet erased.</summary>
    public static Task<bool> LockKeptAsync(HatcheckDb db, Guid user, CancellationToken cancellation) =>
        LockAsync(db, user, Kept, cancellation);

    /// <summary>Locks several users' rows and returns those who are active.</summary>
    public static async Task<HashSet<Guid>> LockAsync(
        HatcheckDb db,
        IReadOnlyCollection<Guid> users,
        CancellationToken cancellation
    )
    {
        if (users.Count == 0)
            return [];
        var active = db.Set<User>()
            .Where(row => users.Contains(row.UserId) && row.ErasedAt == null && row.MergedInto == null && row.DeletedAt == null);
        var locked = await active.ExecuteUpdateAsync(
            set => set.SetProperty(row => row.MergedInto, row => row.MergedInto),
            cancellation
        );
        return locked == users.Count ? [.. users] : [.. await active.Select(row => row.UserId).ToListAsync(cancellation)];
    }

    /// <summary>The version of a user whose row is locked: the entity tag of <c>GET /users/{id}</c>.</summary>
    public static Task<int> VersionAsync(HatcheckDb db, Guid user, CancellationToken cancellation) =>
        db.Set<User>().Where(row => row.UserId == user).Select(row => row.Version).SingleAsync(cancellation);

    /// <summary>Assigns users a new entity tag, since their representation has changed.</summary>
    public static Task TouchAsync(
        HatcheckDb db,
        IReadOnlyCollection<Guid> users,
        DateTimeOffset now,
        CancellationToken cancellation
    ) =>
        db.Set<User>()
            .Where(row => users.Contains(row.UserId))
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.Version, row => row.Version + 1).SetProperty(row => row.UpdatedAt, now),
                cancellation
            );

    private static async Task<bool> LockAsync(HatcheckDb db, Guid user, string condition, CancellationToken cancellation)
    {
        var sql = $"update users set merged_into = merged_into where tenant_id = $1 and user_id = $2 and {condition}";
        return await db.Statements.ExecuteAsync(sql, [db.Tenant, user], cancellation) == 1;
    }
}

/// <summary>The user that an id stands for now: the survivor if users were merged, else the user itself.</summary>
internal static class Survivor
{
    /// <summary>
    /// Joins the survivor, as <c>s</c>, to a row <c>u</c> of <c>users</c>. Not <c>coalesce</c>: under row-level security
    /// PostgreSQL (15, contain_leaked_vars) fears that it leaks what the policy hides, uses no index, and reads every user
    /// of the tenant; <c>case</c> counts as safe.
    /// </summary>
    public const string Join =
        "join users s on s.tenant_id = u.tenant_id "
        + "and s.user_id = case when u.merged_into is null then u.user_id else u.merged_into end ";
}

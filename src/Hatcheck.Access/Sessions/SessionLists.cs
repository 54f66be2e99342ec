using Hatcheck.Access.Staff;
using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// Lists the active sessions of a user (including users merged into them) or a member, and ends them at once, on every
/// node.
/// </summary>
internal sealed class SessionLists(Database database, UserDirectory people, PersonChanges changes, PersonVaults vaults)
{
    /// <summary>The caller's own sessions; none for a key.</summary>
    public async Task<SessionList> OfCallerAsync(Caller caller, CancellationToken cancellation) =>
        caller switch
        {
            Caller.Person person => await OfSurvivorAsync(caller, person.User, cancellation),
            Caller.Member member => await ListAsync(caller, SessionRow.Member, [member.Id], cancellation),
            _ => new SessionList([]),
        };

    /// <summary>The sessions of a user.</summary>
    public async Task<Outcome<SessionList>> OfPersonAsync(Caller caller, Guid user, CancellationToken cancellation)
    {
        var lookup = await people.FindAsync(caller.Tenant, user, cancellation);
        if (lookup is not PersonLookup.Found person)
            return lookup.Refusal();
        return await OfSurvivorAsync(caller, person.User, cancellation);
    }

    /// <summary>The sessions of a member.</summary>
    public async Task<Outcome<SessionList>> OfMemberAsync(Caller caller, Guid member, CancellationToken cancellation)
    {
        var isThere = await database.ReadAsync(
            caller.Tenant,
            (db, stop) => db.Set<MemberRow>().AnyAsync(row => row.MemberId == member, stop),
            cancellation
        );
        if (!isThere)
            return new AccessRefusal.NoSuchMember();
        return await ListAsync(caller, SessionRow.Member, [member], cancellation);
    }

    /// <summary>Ends some of the caller's own sessions and returns how many.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="only">Only this session, refused if absent; null: all.</param>
    /// <param name="except">All except this session.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<Outcome<int>> EndOfCallerAsync(Caller caller, Guid? only, Guid? except, CancellationToken cancellation)
    {
        var ended = caller switch
        {
            Caller.Person person => await EndOfPersonAsync(caller, person.User, only, except, cancellation),
            Caller.Member member => await EndOfMemberAsync(caller, member.Id, only, except, cancellation),
            _ => Ended(0, only),
        };
        // The caller was removed since they were authenticated, with all their sessions.
        var isGone = ended.Refusal is Refusal.Absent or Refusal.Gone or AccessRefusal.NoSuchMember;
        return isGone ? Ended(0, only) : ended;
    }

    /// <summary>Same, for a user. A caller who may end sessions may end anyone's: ending grants nothing.</summary>
    public Task<Outcome<int>> EndOfPersonAsync(
        Caller caller,
        Guid user,
        Guid? only,
        Guid? except,
        CancellationToken cancellation
    ) =>
        changes.RunAsync(
            ChangeTerms.Of(caller, user),
            async (change, stop) =>
            {
                // Read with the row locked, so that a session that starts meanwhile, or arrives by a merge, ends too.
                var (db, survivor) = (change.Db, change.User);
                var merged = db.Set<User>().Where(row => row.UserId == survivor || row.MergedInto == survivor);
                var users = await merged.Select(row => row.UserId).ToListAsync(stop);
                var theirs = db.Set<SessionRow>().Where(row => row.Kind == SessionRow.Person && users.Contains(row.UserId));
                return await EndAsync(db, theirs, caller, only, except, stop);
            },
            cancellation
        );

    /// <summary>Same, for a member.</summary>
    public Task<Outcome<int>> EndOfMemberAsync(
        Caller caller,
        Guid member,
        Guid? only,
        Guid? except,
        CancellationToken cancellation
    ) =>
        database.WriteAsync<Outcome<int>>(
            caller.Tenant,
            async (db, stop) =>
            {
                if (!await SessionStart.LockMemberAsync(db, member, stop))
                    return new AccessRefusal.NoSuchMember();
                var theirs = db.Set<SessionRow>().Where(row => row.Kind == SessionRow.Member && row.UserId == member);
                return await EndAsync(db, theirs, caller, only, except, stop);
            },
            cancellation
        );

    private static async Task<Outcome<int>> EndAsync(
        HatcheckDb db,
        IQueryable<SessionRow> theirs,
        Caller caller,
        Guid? only,
        Guid? except,
        CancellationToken cancellation
    )
    {
        if (only is not null)
            theirs = theirs.Where(row => row.SessionId == only);
        if (except is not null)
            theirs = theirs.Where(row => row.SessionId != except);
        return Ended(await db.EndAsync(theirs, AccessActs.SessionEnd, caller.Actor, null, cancellation), only);
    }

    private static Outcome<int> Ended(int sessions, Guid? only) =>
        sessions == 0 && only is not null ? new SessionRefusal.NoSuchSession() : sessions;

    private async Task<SessionList> OfSurvivorAsync(Caller caller, Guid survivor, CancellationToken cancellation)
    {
        var scope = await people.ScopeAsync(caller.Tenant, survivor, cancellation);
        return await ListAsync(caller, SessionRow.Person, scope.Users, cancellation);
    }

    private Task<SessionList> ListAsync(Caller caller, string kind, IReadOnlyList<Guid> users, CancellationToken cancellation) =>
        database.ReadAsync(
            caller.Tenant,
            async (db, stop) =>
            {
                var rows = await db.Set<SessionRow>()
                    .AsNoTracking()
                    .Where(row => row.Kind == kind && users.Contains(row.UserId) && row.ExpiresAt > db.Now)
                    .OrderByDescending(row => row.UsedAt)
                    .ToListAsync(stop);
                using var vault = vaults.In(db);
                await vault.ReadKeysAsync(users, stop);
                var items = new List<SessionResponse>();
                foreach (var row in rows)
                {
                    var content = await vault.OpenAsync(
                        SessionRow.PlaceOf(row.Kind, row.UserId, row.SessionId),
                        row.Content,
                        stop
                    );
                    items.Add(View(row, content, caller));
                }

                return new SessionList(items);
            },
            cancellation
        );

    private static SessionResponse View(SessionRow row, SessionContent content, Caller caller) =>
        new(
            row.SessionId,
            content.Way,
            row.SessionId == caller.Session,
            row.CreatedAt,
            row.UsedAt,
            row.ExpiresAt,
            row.EndsAt,
            content.Address,
            content.UserAgent
        );
}

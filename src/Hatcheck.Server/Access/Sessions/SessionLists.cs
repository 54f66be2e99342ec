using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Access.Sessions;

/// <summary>Shows the living sessions of a person (of everybody merged into them) or a member, and ends them at once, on every node.</summary>
internal sealed class SessionLists(Database database, People people, PersonVaults vaults)
{
    /// <summary>The caller's own; none of a key's.</summary>
    public async Task<SessionList> OfCallerAsync(Caller caller, CancellationToken cancellation) => caller switch
    {
        Caller.Person person => await OfPersonAsync(caller, person.User, cancellation),
        Caller.Member member => await OfMemberAsync(caller, member.Id, cancellation),
        _ => new SessionList([]),
    };

    /// <summary>Of a person, the survivor of merges.</summary>
    public async Task<SessionList> OfPersonAsync(Caller caller, Guid user, CancellationToken cancellation) =>
        await ListAsync(
            caller, SessionRow.Person, (await people.ScopeAsync(caller.Tenant, user, cancellation)).Users, cancellation);

    /// <summary>Of a member.</summary>
    public Task<SessionList> OfMemberAsync(Caller caller, Guid member, CancellationToken cancellation) =>
        ListAsync(caller, SessionRow.Member, [member], cancellation);

    /// <summary>Ends all sessions of a member; how many. Whoever may, may end anybody's: ending grants nothing.</summary>
    public Task<int> EndOfMemberAsync(Caller caller, Guid member, CancellationToken cancellation) => EndAsync(caller, SessionRow.Member, [member], only: null, except: null, cancellation);

    /// <summary>Ends some of the caller's own sessions; how many.</summary>
    public async Task<int> EndOfCallerAsync(Caller caller, Guid? only, Guid? except, CancellationToken cancellation) => caller switch
    {
        Caller.Person person => await EndOfPersonAsync(caller, person.User, only, except, cancellation),
        Caller.Member member => await EndAsync(caller, SessionRow.Member, [member.Id], only, except, cancellation),
        _ => 0,
    };

    /// <summary>Ends sessions of a person; how many.</summary>
    public async Task<int> EndOfPersonAsync(Caller caller, Guid user, Guid? only, Guid? except, CancellationToken cancellation) =>
        await EndAsync(caller, SessionRow.Person, (await people.ScopeAsync(caller.Tenant, user, cancellation)).Users, only, except, cancellation);

    private Task<int> EndAsync(Caller caller, string kind, IReadOnlyList<Guid> users, Guid? only, Guid? except, CancellationToken cancellation) => database.WriteAsync(
        caller.Tenant,
        (db, stop) => db.EndAsync(
            db.Set<SessionRow>().Where(row => row.Kind == kind && users.Contains(row.UserId) && (only == null || row.SessionId == only) && (except == null || row.SessionId != except)),
            AccessActs.SessionEnd,
            caller.Actor,
            null,
            stop),
        cancellation);

    private Task<SessionList> ListAsync(
        Caller caller, string kind, IReadOnlyList<Guid> users, CancellationToken cancellation) => database.ReadAsync(
        caller.Tenant,
        async (db, stop) =>
        {
            var rows = await db.Set<SessionRow>().AsNoTracking().Where(row => row.Kind == kind && users.Contains(row.UserId) && row.ExpiresAt > db.Now).OrderByDescending(row => row.UsedAt).ToListAsync(stop);
            using var vault = vaults.In(db);
            await vault.BringAsync(users, stop);
            var items = new List<SessionResponse>();
            foreach (var row in rows)
            {
                var content = await vault.OpenAsync(SessionRow.PlaceOf(row.Kind, row.UserId, row.SessionId), row.Content, stop);
                items.Add(new SessionResponse(row.SessionId, content.Way, row.SessionId == caller.Session, row.CreatedAt, row.UsedAt, row.ExpiresAt, row.EndsAt, content.Address, content.UserAgent));
            }

            return new SessionList(items);
        },
        cancellation);
}

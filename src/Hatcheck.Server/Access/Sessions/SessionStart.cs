using System.Net;
using Hatcheck.Contracts;
using Hatcheck.Server.Access.Tokens;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Hatcheck.Server.Access.Sessions;

/// <summary>Who is to have a session, and from where.</summary>
/// <param name="Tenant">Whose person or member it is.</param>
/// <param name="Kind">See <see cref="SessionRow"/>.</param>
/// <param name="User">The person, as the survivor of merges, or the member.</param>
/// <param name="Actor">Who signs them in, as the audit log names them.</param>
/// <param name="Content">What the session tells of itself.</param>
/// <param name="Address">What it is bound to, where it is to be bound.</param>
internal sealed record NewSession(Guid Tenant, string Kind, Guid User, Actor Actor, SessionContent Content, IPAddress? Address);

/// <summary>Begins sessions of persons and members who have said who they are.</summary>
internal sealed class SessionStart(
    Database database, TenantKeys tenantKeys, PersonVaults vaults, AccessTokens tokens, IOptions<OwnSessionOptions> options)
{
    /// <summary>The first two tokens; null if there is no such person or member (any more): then nothing was stored.</summary>
    public async Task<SessionTokens?> BeginAsync(NewSession wanted, CancellationToken cancellation)
    {
        var (tenant, kind, user) = (wanted.Tenant, wanted.Kind, wanted.User);
        if (await tenantKeys.KnownAsync(tenant, cancellation) is not { } keys) return null;
        var settings = options.Value;
        var session = Guid.NewGuid();
        var first = RefreshToken.First(tenant, user, session);
        var row = await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                // Held until the end: deleting, erasing or removing them at the same moment ends this session too, or there is none.
                if (!await LockAsync(db, wanted, stop)) return null;
                await MakeRoomAsync(db, wanted, stop);
                using var vault = vaults.In(db);
                var made = new SessionRow
                {
                    TenantId = tenant,
                    UserId = user,
                    SessionId = session,
                    Kind = kind,
                    TokenHash = first.Hash,
                    Address = BoundAddress.Of(keys, session, settings.BindingOf(kind), wanted.Address),
                    Content = await vault.SealAsync(SessionRow.PlaceOf(kind, user, session), wanted.Content, stop),
                    CreatedAt = db.Now,
                    UsedAt = db.Now,
                    ExpiresAt = db.Now + settings.IdleOf(kind),
                    EndsAt = db.Now + settings.LifetimeOf(kind),
                };
                db.Add(made);
                db.Record(user, session, kind, AccessActs.SessionBegin, wanted.Actor, wanted.Content.Way);
                return made;
            },
            cancellation);
        if (row is null) return null;
        var (access, life) = await tokens.IssueAsync(tenant, user, session, kind, row.CreatedAt, row.EndsAt, cancellation);
        return new SessionTokens(access, "Bearer", (int)life.TotalSeconds, first.Reveal(keys), session, row.ExpiresAt, row.EndsAt);
    }

    /// <summary>Takes the lock of a member's row until the transaction ends; false if there is no such member.</summary>
    public static async Task<bool> LockMemberAsync(HatcheckDb db, Guid tenant, Guid member, CancellationToken cancellation) =>
        await db.Database.ExecuteSqlAsync($"update members set issuer = issuer where tenant_id = {tenant} and member_id = {member}", cancellation) == 1;

    private static Task<bool> LockAsync(HatcheckDb db, NewSession wanted, CancellationToken cancellation) => wanted.Kind == SessionRow.Member
        ? LockMemberAsync(db, wanted.Tenant, wanted.User, cancellation)
        : UserRows.LockAsync(db, wanted.User, cancellation);

    // Whose time is over is cleared away; beyond the bound the longest unused ends.
    private async Task MakeRoomAsync(HatcheckDb db, NewSession wanted, CancellationToken cancellation)
    {
        var theirs = db.Set<SessionRow>().Where(row => row.UserId == wanted.User);
        await theirs.Where(row => row.ExpiresAt <= db.Now).ExecuteDeleteAsync(cancellation);
        var living = await theirs.OrderByDescending(row => row.UsedAt).Select(row => row.SessionId).ToListAsync(cancellation);
        var tooMany = living.Skip(options.Value.Most - 1).ToList();
        await db.EndAsync(theirs.Where(row => tooMany.Contains(row.SessionId)), AccessActs.SessionEnd, wanted.Actor, "too_many", cancellation);
    }
}

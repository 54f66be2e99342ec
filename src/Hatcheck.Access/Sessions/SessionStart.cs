using System.Net;
using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Hatcheck.Access.Sessions;

/// <summary>The session to start.</summary>
/// <param name="Tenant">The tenant of the user or member.</param>
/// <param name="Kind">See <see cref="SessionRow"/>.</param>
/// <param name="User">The member, or the user; after a merge the survivor gets the session.</param>
/// <param name="Actor">The actor who signs them in, for the audit log.</param>
/// <param name="Content">The session's details for its owner.</param>
/// <param name="Address">The address to bind the session to, if sessions are bound.</param>
internal sealed record NewSession(Guid Tenant, string Kind, Guid User, Actor Actor, SessionContent Content, IPAddress? Address);

/// <summary>
/// Starts sessions of authenticated users and members. Their row stays locked until the commit: a concurrent deletion,
/// erasure or removal either ends this session too, or prevents it.
/// </summary>
internal sealed class SessionStart(
    Database database,
    PersonChanges changes,
    TenantKeys tenantKeys,
    PersonVaults vaults,
    AccessTokens tokens,
    IOptions<OwnSessionOptions> options
)
{
    /// <summary>Returns the first two tokens. Refused, with nothing stored, if there is no such user or member.</summary>
    public async Task<Outcome<SessionTokens>> BeginAsync(NewSession wanted, CancellationToken cancellation)
    {
        if (await tenantKeys.KnownAsync(wanted.Tenant, cancellation) is not { } keys)
            return new Refusal.Absent();
        var begun =
            wanted.Kind == SessionRow.Member
                ? await OfMemberAsync(wanted, keys, cancellation)
                : await OfPersonAsync(wanted, keys, cancellation);
        return await begun.ThenAsync<SessionTokens>(async session =>
        {
            var (row, first) = session;
            var (access, life) = await tokens.IssueAsync(
                wanted.Tenant,
                row.UserId,
                row.SessionId,
                row.Kind,
                row.CreatedAt,
                row.EndsAt,
                cancellation
            );
            var seconds = (int)life.TotalSeconds;
            return new SessionTokens(access, "Bearer", seconds, first.Reveal(keys), row.SessionId, row.ExpiresAt, row.EndsAt);
        });
    }

    /// <summary>Locks a member's row until the transaction ends; false if there is no such member.</summary>
    public static async Task<bool> LockMemberAsync(HatcheckDb db, Guid member, CancellationToken cancellation)
    {
        const string Lock = "update members set issuer = issuer where tenant_id = $1 and member_id = $2";
        return await db.Statements.ExecuteAsync(Lock, [db.Tenant, member], cancellation) == 1;
    }

    private Task<Outcome<Begun>> OfPersonAsync(NewSession wanted, TenantKeySet keys, CancellationToken cancellation) =>
        changes.RunAsync<Begun>(
            new ChangeTerms(wanted.Tenant, wanted.User, wanted.Actor),
            async (change, stop) => await StoreAsync(change.Db, change.Vault, wanted with { User = change.User }, keys, stop),
            cancellation
        );

    private Task<Outcome<Begun>> OfMemberAsync(NewSession wanted, TenantKeySet keys, CancellationToken cancellation) =>
        database.WriteAsync<Outcome<Begun>>(
            wanted.Tenant,
            async (db, stop) =>
            {
                if (!await LockMemberAsync(db, wanted.User, stop))
                    return new AccessRefusal.NoSuchMember();
                using var vault = vaults.In(db);
                return await StoreAsync(db, vault, wanted, keys, stop);
            },
            cancellation
        );

    private async Task<Begun> StoreAsync(
        HatcheckDb db,
        PersonVault vault,
        NewSession wanted,
        TenantKeySet keys,
        CancellationToken cancellation
    )
    {
        await MakeRoomAsync(db, wanted, cancellation);
        var (kind, user, session, settings) = (wanted.Kind, wanted.User, Guid.NewGuid(), options.Value);
        var first = RefreshToken.First(wanted.Tenant, user, session);
        var row = new SessionRow
        {
            TenantId = wanted.Tenant,
            UserId = user,
            SessionId = session,
            Kind = kind,
            TokenHash = first.Hash,
            Address = BoundAddress.Of(keys, session, settings.BindingOf(kind), wanted.Address),
            Content = await vault.SealAsync(SessionRow.PlaceOf(kind, user, session), wanted.Content, cancellation),
            CreatedAt = db.Now,
            UsedAt = db.Now,
            ExpiresAt = db.Now + settings.IdleOf(kind),
            EndsAt = db.Now + settings.LifetimeOf(kind),
        };
        db.Add(row);
        db.Record(user, session, kind, AccessActs.SessionBegin, wanted.Actor, wanted.Content.Way);
        return new Begun(row, first);
    }

    // Deletes expired sessions; beyond the limit, ends the longest unused one.
    private async Task MakeRoomAsync(HatcheckDb db, NewSession wanted, CancellationToken cancellation)
    {
        var theirs = db.Set<SessionRow>().Where(row => row.UserId == wanted.User);
        await theirs.Where(row => row.ExpiresAt <= db.Now).ExecuteDeleteAsync(cancellation);
        var active = await theirs.OrderByDescending(row => row.UsedAt).Select(row => row.SessionId).ToListAsync(cancellation);
        var tooMany = active.Skip(options.Value.Most - 1).ToList();
        var ending = theirs.Where(row => tooMany.Contains(row.SessionId));
        await db.EndAsync(ending, AccessActs.SessionEnd, wanted.Actor, "too_many", cancellation);
    }

    private sealed record Begun(SessionRow Row, RefreshToken First);
}

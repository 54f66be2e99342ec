using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// Ends sessions within a transaction, each with its audit entry: on request, or when a user is deleted or a member
/// removed.
/// </summary>
internal static class SessionRecords
{
    /// <summary>Ends the sessions of a query, and returns how many.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="sessions">Sessions from one tenant's context.</param>
    /// <param name="act">The act in the audit log.</param>
    /// <param name="actor">The actor who ends them.</param>
    /// <param name="why">The reason, as a code; null: none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<int> EndAsync(
        this HatcheckDb db,
        IQueryable<SessionRow> sessions,
        Act act,
        Actor actor,
        string? why,
        CancellationToken cancellation
    )
    {
        var ending = await sessions
            .AsNoTracking()
            .Select(row => new
            {
                row.UserId,
                row.SessionId,
                row.Kind,
            })
            .ToListAsync(cancellation);
        var ended = 0;
        foreach (var session in ending)
        {
            // Only the request that deletes the row records it: two at once leave one entry.
            if (
                await db.Set<SessionRow>()
                    .Where(row => row.UserId == session.UserId && row.SessionId == session.SessionId)
                    .ExecuteDeleteAsync(cancellation) == 0
            )
                continue;
            db.Record(session.UserId, session.SessionId, session.Kind, act, actor, why);
            ended++;
        }

        return ended;
    }

    /// <summary>Adds an act's audit entry to its transaction: random ids and codes only.</summary>
    public static void Record(this HatcheckDb db, Guid user, Guid session, string kind, Act act, Actor actor, string? why)
    {
        var isMember = kind == SessionRow.Member;
        var subject = isMember ? Subject.Of("member", user).And("session", session) : Subject.Of("session", session);
        AuditTrail.Add(db, act, actor, isMember ? null : user, why is null ? subject : subject.And(why));
    }
}

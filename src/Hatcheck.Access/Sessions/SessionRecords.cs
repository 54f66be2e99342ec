using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// Ends sessions within a transaction, each with its entry for the audit log: where people are deleted, members removed, or
/// somebody says so.
/// </summary>
internal static class SessionRecords
{
    /// <summary>Ends the sessions that a query gives; which they were.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="sessions">Of one tenant's context.</param>
    /// <param name="act">What it is in the audit log.</param>
    /// <param name="actor">Who ends them.</param>
    /// <param name="why">A code; null: nothing to add.</param>
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
            // Whoever deletes the row records it: two that end it at once leave one entry.
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

    /// <summary>Adds the trace of an act to its transaction: random ids and codes only.</summary>
    public static void Record(this HatcheckDb db, Guid user, Guid session, string kind, Act act, Actor actor, string? why)
    {
        var isMember = kind == SessionRow.Member;
        var subject = isMember ? Subject.Of("member", user).And("session", session) : Subject.Of("session", session);
        AuditTrail.Add(db, act, actor, isMember ? null : user, why is null ? subject : subject.And(why));
    }
}

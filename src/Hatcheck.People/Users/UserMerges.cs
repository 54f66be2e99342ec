using System.Security.Cryptography;
using Hatcheck.Contracts;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Outbox;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.People.Users;

/// <summary>
/// Merges two users that are one person. An unproven merge is an account take-over, so both sides prove themselves: one
/// requests a code in its own chat, the other enters it in its own.
/// </summary>
internal sealed class UserMerges(PersonChanges changes, Database database, TenantKeys tenantKeys, PersonalData data)
{
    private static readonly TimeSpan CodeLife = TimeSpan.FromMinutes(10);

    // Crockford's base 32: no I, L, O, U. Ten characters are 50 bits, valid for ten minutes and one use.
    private const string CodeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int CodeLength = 10;

    /// <summary>
    /// Creates a code by which another user of the same person can be merged into <paramref name="user"/>; a newer code
    /// ends the older.
    /// </summary>
    public async Task<Outcome<LinkCodeResponse>> CreateCodeAsync(Caller caller, Guid user, CancellationToken cancellation)
    {
        var code = RandomNumberGenerator.GetString(CodeAlphabet, CodeLength);
        var hash = await HashAsync(caller, code, cancellation);
        return await changes.RunAsync<LinkCodeResponse>(
            ChangeTerms.Of(caller, user),
            async (change, stop) =>
            {
                var ends = change.Now + CodeLife;
                await change.Db.Set<LinkCode>().Where(row => row.UserId == change.User).ExecuteDeleteAsync(stop);
                change.Db.Add(
                    new LinkCode
                    {
                        TenantId = change.Tenant,
                        CodeHash = hash,
                        UserId = change.User,
                        ExpiresAt = ends,
                    }
                );
                return new LinkCodeResponse(code, ends);
            },
            cancellation
        );
    }

    /// <summary>
    /// Merges a user into the user of the code, and returns the latter's id. One transaction also spends the code.
    /// Repeating a completed merge (its answer may have been lost) changes nothing and returns the same.
    /// </summary>
    public async Task<Outcome<Guid>> MergeAsync(Caller caller, Guid user, string code, CancellationToken cancellation)
    {
        var hash = await HashAsync(caller, code.ToUpperInvariant(), cancellation);
        // It locks two users' rows, in an order known only from the code, so it is not the transaction of a single user's
        // change.
        return await changes.BatchAsync(
            caller.Tenant,
            user,
            (person, stop) => database.WriteAsync(caller.Tenant, (db, end) => MergeAsync(db, caller, person, hash, end), stop),
            cancellation
        );
    }

    private async Task<Outcome<Guid>> MergeAsync(
        HatcheckDb db,
        Caller caller,
        PersonLookup.Found person,
        string hash,
        CancellationToken cancellation
    )
    {
        var (user, now) = (person.User, db.Now);
        var codes = db.Set<LinkCode>().Where(row => row.CodeHash == hash);
        var code = await codes.AsNoTracking().FirstOrDefaultAsync(cancellation);
        if (code is { UsedAt: not null } && code.UserId == user && person.Asked != user)
            return user;
        if (code is null || code.UsedAt is not null || code.ExpiresAt <= now || code.UserId == user)
            return new UserRefusal.BadCode();
        var survivor = code.UserId;
        // Always in the same order, so that merging A into B and B into A at once cannot deadlock for ever.
        var isFirst = user.CompareTo(survivor) < 0;
        var first = await UserRows.LockAsync(db, isFirst ? user : survivor, cancellation);
        var second = await UserRows.LockAsync(db, isFirst ? survivor : user, cancellation);
        if (!(isFirst ? first : second))
            return new Refusal.Busy();
        if (!(isFirst ? second : first))
            return new UserRefusal.BadCode();
        // Spent only if no one else has spent it since the read.
        var spent = await codes
            .Where(row => row.UsedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.UsedAt, now), cancellation);
        if (spent != 1)
            return new UserRefusal.BadCode();
        await db.Set<User>()
            .Where(row => row.UserId == user || row.MergedInto == user)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.MergedInto, survivor).SetProperty(row => row.MergedAt, row => row.MergedAt ?? now),
                cancellation
            );
        await data.MergeAsync(db, caller.Tenant, survivor, user, cancellation);
        // Above both versions, so that no entity tag issued for either id matches the new representation.
        var version =
            1
            + await db.Set<User>()
                .Where(row => row.UserId == user || row.UserId == survivor)
                .MaxAsync(row => row.Version, cancellation);
        await db.Set<User>()
            .Where(row => row.UserId == survivor)
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.Version, version).SetProperty(row => row.UpdatedAt, now),
                cancellation
            );
        AuditTrail.Add(db, UserActs.Merge, caller.Actor, survivor, Subject.Of("user", user));
        OutboxEvents.Add(db, UserEvents.Merged, user, ("merged_into", survivor));
        return survivor;
    }

    private async Task<string> HashAsync(Caller caller, string code, CancellationToken cancellation) =>
        (await tenantKeys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation)).Hash("link-code", code);
}

using System.Security.Cryptography;
using Hatcheck.Contracts;
using Hatcheck.Server.Platform.Audit;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Outbox;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Users;

internal abstract record MergeResult
{
    internal sealed record Merged(Guid Survivor) : MergeResult;

    internal sealed record BadCode : MergeResult;

    /// <summary>One of the two was erased or merged since the look-up.</summary>
    internal sealed record Gone : MergeResult;
}

internal abstract record CodeResult
{
    internal sealed record Made(LinkCodeResponse Code) : CodeResult;

    /// <summary>Erased or merged since the look-up.</summary>
    internal sealed record Gone : CodeResult;
}

/// <summary>
/// Joins two users of one person. An unproven merge is an account take-over, so both sides prove themselves: one asks for a code in its own
/// chat, the other brings it from its own.
/// </summary>
internal sealed class Merging(Database database, TenantKeys keys, PersonalData data)
{
    private static readonly TimeSpan CodeLife = TimeSpan.FromMinutes(10);

    // Crockford's base 32: no I, L, O, U. Ten characters are 50 bits, alive for ten minutes and for one use.
    private const string CodeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int CodeLength = 10;

    /// <summary>A code that lets another user of this person be merged into <paramref name="user"/>; a newer one ends the older.</summary>
    public async Task<CodeResult> CreateCodeAsync(Caller caller, Guid user, CancellationToken cancellation)
    {
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        var code = RandomNumberGenerator.GetString(CodeAlphabet, CodeLength);
        var expires = await database.WriteAsync<DateTimeOffset?>(
            caller.Tenant,
            async (db, stop) =>
            {
                if (!await Linking.LockAsync(db, caller.Tenant, user, stop)) return null;
                await db.Set<LinkCode>().Where(row => row.UserId == user).ExecuteDeleteAsync(stop);
                var made = new LinkCode { TenantId = caller.Tenant, CodeHash = Hash(set, code), UserId = user, ExpiresAt = db.Now + CodeLife };
                db.Add(made);
                return made.ExpiresAt;
            },
            cancellation);
        return expires is { } end ? new CodeResult.Made(new LinkCodeResponse(code, end)) : new CodeResult.Gone();
    }

    /// <summary>
    /// Merges a person into the user of the code. All or nothing, in one transaction; the code is spent with it. A repeat of a merge that was
    /// done (its answer may have been lost) changes nothing and answers alike.
    /// </summary>
    public async Task<MergeResult> MergeAsync(Caller caller, PersonLookup.Found person, string code, CancellationToken cancellation)
    {
        var user = person.User;
        var set = await keys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        var hash = Hash(set, code);
        return await database.WriteAsync<MergeResult>(
            caller.Tenant,
            async (db, stop) =>
            {
                var now = db.Now;
                var row = await db.Set<LinkCode>().FirstOrDefaultAsync(candidate => candidate.CodeHash == hash, stop);
                if (row is { UsedAt: not null } && row.UserId == user && person.Asked != user) return new MergeResult.Merged(user);
                if (row is null || row.UsedAt is not null || row.ExpiresAt <= now || row.UserId == user) return new MergeResult.BadCode();
                // Always in the same order, so that A into B and B into A at once can't deadlock for ever.
                var (first, second) = row.UserId.CompareTo(user) < 0 ? (row.UserId, user) : (user, row.UserId);
                if (!await Linking.LockAsync(db, caller.Tenant, first, stop) || !await Linking.LockAsync(db, caller.Tenant, second, stop)) return new MergeResult.Gone();
                // Spent only if nobody spent it since it was read.
                if (await db.Set<LinkCode>().Where(c => c.CodeHash == hash && c.UsedAt == null).ExecuteUpdateAsync(set => set.SetProperty(c => c.UsedAt, now), stop) != 1)
                    return new MergeResult.BadCode();
                await db.Set<User>().Where(u => u.UserId == user || u.MergedInto == user)
                    .ExecuteUpdateAsync(set => set.SetProperty(u => u.MergedInto, row.UserId).SetProperty(u => u.MergedAt, u => u.MergedAt ?? now), stop);
                await data.MergeAsync(db, caller.Tenant, row.UserId, user, stop);
                // Above both: no entity tag that was given out for either id is the new representation's.
                var version = 1 + await db.Set<User>().Where(u => u.UserId == user || u.UserId == row.UserId).MaxAsync(u => u.Version, stop);
                await db.Set<User>().Where(u => u.UserId == row.UserId)
                    .ExecuteUpdateAsync(set => set.SetProperty(u => u.Version, version).SetProperty(u => u.UpdatedAt, now), stop);
                AuditTrail.Add(db, UserActs.Merge, caller.Actor, row.UserId, Subject.Of("user", user));
                OutboxEvents.Add(db, UserEvents.Merged, user, ("merged_into", row.UserId));
                return new MergeResult.Merged(row.UserId);
            },
            cancellation);
    }

    private static string Hash(TenantKeySet set, string code) => set.Hash("link-code", code);
}

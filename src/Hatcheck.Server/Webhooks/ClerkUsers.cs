using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Profiles;
using Hatcheck.Server.Users;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Webhooks;

internal abstract record WorkResult
{
    /// <summary>Done, or nothing to do: older than what is known, or about somebody who is gone.</summary>
    internal sealed record Done : WorkResult;

    /// <summary>Done but for something that an operator has to decide; now a dead letter.</summary>
    internal sealed record Partly(string Fault) : WorkResult;

    /// <summary>The lease has passed to somebody else, who does it.</summary>
    internal sealed record Lost : WorkResult;

    /// <summary>The tenant's keys have just changed.</summary>
    internal sealed record Stale : WorkResult;
}

/// <summary>
/// Makes of Clerk's events what they say: a user known by the issuer's subject, with a profile, or a user deleted. One transaction takes the
/// entry's lease, the subject's row and the user's, works, and removes the entry, so that a node killed anywhere has done it once or not at all.
/// </summary>
internal sealed class ClerkUsers(Database database, TenantKeys tenantKeys, UserKeys userKeys, Registering registering, Editing editing, Deleting deleting, TimeProvider time)
{
    /// <summary>The fault of an event whose e-mail address is another user's: all else of it was done.</summary>
    public const string EmailTaken = "email.taken";

    private const int Attempts = 3;

    public async Task<WorkResult> WorkAsync(ClerkEndpoint endpoint, Claim claim, ClerkEvent happened, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var set = await CurrentAsync(claim.Tenant, cancellation);
            try
            {
                return await database.WriteAsync(claim.Tenant, (db, stop) => WorkAsync(db, new Work(endpoint, claim, happened, body, set), stop), cancellation);
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.Classify(fault) == StorageFault.Duplicate)
            {
                // Signed in, or took the address, at the same moment: look again.
            }
        }
    }

    /// <summary>A dead letter: sealed under the person's key if they are known by now.</summary>
    public async Task<bool> BuryAsync(ClerkEndpoint endpoint, Claim claim, ClerkEvent happened, ReadOnlyMemory<byte> body, string fault, CancellationToken cancellation)
    {
        var work = new Work(endpoint, claim, happened, body, await CurrentAsync(claim.Tenant, cancellation));
        return await database.WriteAsync(
            claim.Tenant,
            async (db, stop) =>
            {
                if (await UserAsync(db, work, stop) is not { } user || !await Linking.LockKeptAsync(db, claim.Tenant, user, stop)) return false;
                using var key = await KeyAsync(db, claim.Tenant, user, stop);
                await BuryAsync(db, work, user, key, fault, stop);
                return true;
            },
            cancellation);
    }

    private async Task<WorkResult> WorkAsync(HatcheckDb db, Work work, CancellationToken cancellation)
    {
        var claim = work.Claim;
        if (!await InboxQueue.HoldAsync(db, claim, cancellation)) return new WorkResult.Lost();
        var subject = await InboxSubjects.LockAsync(db, claim.Tenant, work.SubjectHashes, time.Now(), cancellation);
        if (!await KeyEpoch.HoldAsync(db, claim.Tenant, work.Keys.Epoch, cancellation))
        {
            db.ChangeTracker.Clear();
            return new WorkResult.Stale();
        }

        // Each delivery counts once, a replay of a dead letter not again.
        if (claim.User is null) subject.Events++;
        var user = await UserAsync(db, work, cancellation);
        if (work.Event.Type == ClerkEvent.Deleted) await DeleteAsync(db, work, subject, user, cancellation);
        // Final, whatever comes late: Clerk never gives a subject out again. And nothing older overwrites what is newer.
        else if (subject.State != InboxSubjectRow.Deleted && claim.EventAt >= subject.EventAt && await ChangeAsync(db, work, subject, user, cancellation) is { } partly) return partly;
        await InboxQueue.RemoveAsync(db, claim, cancellation);
        return new WorkResult.Done();
    }

    private async Task DeleteAsync(HatcheckDb db, Work work, InboxSubjectRow subject, Guid? user, CancellationToken cancellation)
    {
        // Also of a subject that nobody has heard of: a late `created` finds it.
        subject.State = InboxSubjectRow.Deleted;
        if (work.Claim.EventAt > subject.EventAt) subject.EventAt = work.Claim.EventAt;
        if (user is { } known && await Linking.LockAsync(db, work.Claim.Tenant, known, cancellation))
            await deleting.ApplyAsync(db, work.Claim.Tenant, known, work.Endpoint.Actor, cancellation);
    }

    private async Task<WorkResult?> ChangeAsync(HatcheckDb db, Work work, InboxSubjectRow subject, Guid? user, CancellationToken cancellation)
    {
        // Erased here, and not back by signing in: a webhook brings nobody back.
        if (user is null && subject.State == InboxSubjectRow.Erased) return null;
        // Deleted here and not yet erased: whoever restores the person gets them as they were.
        if (user is { } known && !await Linking.LockAsync(db, work.Claim.Tenant, known, cancellation)) return null;
        (subject.State, subject.EventAt) = (InboxSubjectRow.Live, work.Claim.EventAt);
        return user is { } person ? await UpdateAsync(db, work, person, cancellation) : await CreateAsync(db, work, cancellation);
    }

    private async Task<WorkResult?> CreateAsync(HatcheckDb db, Work work, CancellationToken cancellation)
    {
        var (tenant, user) = (work.Claim.Tenant, Guid.NewGuid());
        var profile = ClerkProfile.Apply(Profile.Empty, work.Event.Data);
        var values = ProfileIndex.Rows(work.Keys, tenant, user, profile).ToList();
        var taken = await Editing.IsTakenAsync(db, values, cancellation);
        if (taken)
        {
            profile = ClerkProfile.Apply(Profile.Empty, work.Event.Data, withEmail: false);
            values.RemoveAll(value => value.Kind == ProfileIndex.Email);
        }

        await registering.MakeAsync(db, tenant, user, work.Endpoint.Actor, profile, values, work.Name(await IsBlindOnlyAsync(db, tenant, cancellation)), cancellation);
        if (!taken) return null;
        await db.SaveChangesAsync(cancellation);
        return await PartlyAsync(db, work, user, cancellation);
    }

    private async Task<WorkResult?> UpdateAsync(HatcheckDb db, Work work, Guid user, CancellationToken cancellation)
    {
        var tenant = work.Claim.Tenant;
        using var key = await KeyAsync(db, tenant, user, cancellation);
        Task<EditResult> EditAsync(bool withEmail) => editing.ApplyAsync(
            db, tenant, user, work.Endpoint.Actor, work.Keys, key, before => (null, ClerkProfile.Apply(before, work.Event.Data, withEmail)), cancellation);
        if (await EditAsync(withEmail: true) is not EditResult.EmailTaken) return null;
        await EditAsync(withEmail: false);
        return await PartlyAsync(db, work, user, cancellation);
    }

    private async Task<WorkResult> PartlyAsync(HatcheckDb db, Work work, Guid user, CancellationToken cancellation)
    {
        using var key = await KeyAsync(db, work.Claim.Tenant, user, cancellation);
        await BuryAsync(db, work, user, key, EmailTaken, cancellation);
        return new WorkResult.Partly(EmailTaken);
    }

    private static Task BuryAsync(HatcheckDb db, Work work, Guid user, DataKey key, string fault, CancellationToken cancellation) => InboxQueue.BuryAsync(
        db, work.Claim, fault, user, InboxBody.Seal(key, work.Claim.Tenant, work.Claim.Entry, user, work.Body.Span), cancellation);

    private static async Task<Guid?> UserAsync(HatcheckDb db, Work work, CancellationToken cancellation)
    {
        var values = work.Values.ConvertAll(value => value.Value);
        return await db.Set<Identity>().Where(row => row.Channel == work.Endpoint.Channel.Name && values.Contains(row.IndexValue)).Select(row => (Guid?)row.UserId).FirstOrDefaultAsync(cancellation);
    }

    private async Task<DataKey> KeyAsync(HatcheckDb db, Guid tenant, Guid user, CancellationToken cancellation)
    {
        var row = await db.Set<UserKeyRow>().AsNoTracking().Where(key => key.UserId == user && key.Purpose == KeyPurpose.Data).OrderByDescending(key => key.Version).FirstAsync(cancellation);
        return await userKeys.OpenAsync(tenant, KeyPurpose.Data, new WrappedKey(user, row.Version, row.KekId, row.Wrapped), cancellation);
    }

    private static async Task<bool> IsBlindOnlyAsync(HatcheckDb db, Guid tenant, CancellationToken cancellation) =>
        (await db.Database.SqlQuery<bool>($"select blind_only as \"Value\" from tenants where tenant_id = {tenant}").ToListAsync(cancellation))[0];

    private async Task<TenantKeySet> CurrentAsync(Guid tenant, CancellationToken cancellation)
    {
        var epochs = await database.QueryAsync(tenant, "select key_epoch from tenants where tenant_id = $1", [tenant], row => row.Number(0), cancellation);
        return await tenantKeys.GetAsync(tenant, epochs[0], cancellation);
    }

    /// <summary>One event with everything that it is worked with.</summary>
    private sealed record Work(ClerkEndpoint Endpoint, Claim Claim, ClerkEvent Event, ReadOnlyMemory<byte> Body, TenantKeySet Keys)
    {
        public List<(string Value, int KeyVersion)> Values { get; } =
            [.. Keys.Index.Select(key => (key.Compute(Endpoint.Channel.Name, Endpoint.Channel.Kind, Event.Subject), key.Version))];

        public IReadOnlyList<string> SubjectHashes => Values.ConvertAll(value => InboxSubjects.Hash(Keys, value.Value));

        public IdentityName Name(bool blindOnly) => new(Endpoint.Channel, Values, blindOnly ? null : Event.Subject);
    }
}

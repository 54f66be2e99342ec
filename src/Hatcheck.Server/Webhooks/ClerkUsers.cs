using Hatcheck.Server.Channels;
using Hatcheck.Server.Platform.Inbox;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Profiles;
using Hatcheck.Server.Users;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Server.Webhooks;

/// <summary>
/// Makes of Clerk's events what they say: a user known by the issuer's subject, with a profile, or a user deleted. One transaction takes the
/// entries' leases, the subjects' rows and the users', works, and removes the entries, so that a node killed anywhere has done them once or
/// not at all. A batch takes hardly more round trips than one event, and one commit.
/// </summary>
internal sealed class ClerkUsers(
    Database database,
    TenantKeys tenantKeys,
    PersonVaults vaults,
    Registration registration,
    HeldProfiles profiles,
    Deletion deletion)
{
    /// <summary>The fault of an event whose e-mail address is another user's: all else of it was done.</summary>
    public const string EmailTaken = "email.taken";

    private const int Attempts = 3;

    /// <summary>Works events of one claim, each of another subject; the result of each, in their order.</summary>
    public async Task<IReadOnlyList<WorkResult>> WorkAsync(Guid tenant, IReadOnlyList<ClerkWork> events, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var keys = await tenantKeys.KnownAsync(tenant, cancellation) ?? throw new InvalidOperationException("The tenant is gone.");
            try
            {
                if (await database.WriteAsync(tenant, (db, stop) => WorkAsync(db, tenant, events, keys, stop), cancellation) is { } results) return results;
                // The tenant's keys have changed since this node read them.
                await CurrentAsync(tenant, cancellation);
                if (attempt >= Attempts) return [.. events.Select(_ => new WorkResult.Again())];
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.Classify(fault) == StorageFault.Duplicate)
            {
                // Signed in, or took the address, at the same moment: look again.
            }
        }
    }

    /// <summary>A dead letter, sealed under the person's key; false if nobody is known by the subject.</summary>
    public async Task<bool> BuryAsync(ClerkWork work, string fault, CancellationToken cancellation)
    {
        var tenant = work.Claim.Tenant;
        var keys = await CurrentAsync(tenant, cancellation);
        return await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                if ((await IdentitiesAsync(db, keys, await IsBlindOnlyAsync(db, tenant, stop), [work], stop)).GetValueOrDefault(work) is not { } known || !await UserRows.LockKeptAsync(db, known.User, stop)) return false;
                using var vault = vaults.In(db);
                await BuryAsync(db, vault, work, known.User, fault, stop);
                return true;
            },
            cancellation);
    }

    // Null: nothing was done, the keys are no longer the tenant's.
    private async Task<IReadOnlyList<WorkResult>?> WorkAsync(HatcheckDb db, Guid tenant, IReadOnlyList<ClerkWork> events, TenantKeySet keys, CancellationToken cancellation)
    {
        var held = await InboxQueue.HoldAsync(db, [.. events.Select(work => work.Claim)], cancellation);
        var works = events.Where(work => held.Contains(work.Claim.EventHash)).ToList();
        if (works.Count == 0) return [.. events.Select(_ => new WorkResult.Lost())];
        var subjects = await InboxSubjects.LockAsync(db, tenant, works.Select(work => work.Claim.SubjectHash), cancellation);
        if (!await KeyEpoch.HoldAsync(db, tenant, keys.Epoch, cancellation))
        {
            db.ChangeTracker.Clear();
            return null;
        }

        var blindOnly = await IsBlindOnlyAsync(db, tenant, cancellation);
        var identities = await IdentitiesAsync(db, keys, blindOnly, works, cancellation);
        var living = await UserRows.LockAsync(db, [.. identities.Values.Select(known => known.User).Distinct()], cancellation);
        var batch = new ClerkBatch(tenant, keys, blindOnly, subjects, identities, living);
        foreach (var work in works) batch.Plan(work);
        batch.Forget(await ErasedAsync(db, batch, cancellation));
        using var vault = vaults.In(db);
        batch.Read(await HeldProfiles.ReadAsync(db, vault, batch.Edited, cancellation));
        batch.Withdraw(await HeldProfiles.TakenAsync(db, batch.Values, cancellation));
        await ApplyAsync(db, vault, batch, cancellation);
        var results = batch.Results;
        return [.. events.Select(work => results.GetValueOrDefault(work) ?? new WorkResult.Lost())];
    }

    private async Task ApplyAsync(HatcheckDb db, PersonVault vault, ClerkBatch batch, CancellationToken cancellation)
    {
        batch.Mark();
        await deletion.ApplyAsync(db, batch.Tenant, batch.Deletions, cancellation);
        var edits = batch.Edits.ToList();
        await profiles.WriteAsync(db, vault, [.. edits.Select(edit => edit.Edit)], cancellation);
        foreach (var (step, edit) in edits.Where(edit => edit.Step.IsTaken))
            await BuryAsync(db, vault, step.Work, edit.Held.User, EmailTaken, cancellation);
        foreach (var step in batch.Creations)
        {
            var name = step.Work.Name(batch.Keys, batch.BlindOnly);
            step.Subject.IdentityId = await registration.MakeAsync(
                db, vault, step.User, step.Work.Endpoint.Actor, step.After, step.Values, name, cancellation);
            if (step.IsTaken) await BuryAsync(db, vault, step.Work, step.User, EmailTaken, cancellation);
        }

        await InboxQueue.RemoveAsync(db, [.. batch.Results.Where(result => result.Value is WorkResult.Done).Select(result => result.Key.Claim)], cancellation);
    }

    private static async Task BuryAsync(
        HatcheckDb db, PersonVault vault, ClerkWork work, Guid user, string fault, CancellationToken cancellation)
    {
        var body = await vault.SealAsync(InboxBodies.Of(user, work.Claim.Entry), work.Body, cancellation);
        await InboxQueue.BuryAsync(db, work.Claim, fault, user, body, cancellation);
    }

    private static async Task<Dictionary<ClerkWork, KnownIdentity>> IdentitiesAsync(
        HatcheckDb db, TenantKeySet keys, bool blindOnly, IReadOnlyList<ClerkWork> works, CancellationToken cancellation)
    {
        var values = works.SelectMany(work => work.Values(keys, blindOnly), (work, value) => (work, value)).ToList();
        var all = values.ConvertAll(pair => pair.value);
        var rows = await db.Set<Identity>().AsNoTracking().Where(row => row.Channel == ExternalChannel.ChannelName && all.Contains(row.IndexValue))
            .Select(row => new { row.IndexValue, row.UserId, row.IdentityId }).ToListAsync(cancellation);
        var known = rows.ToDictionary(row => row.IndexValue, row => new KnownIdentity(row.UserId, row.IdentityId), StringComparer.Ordinal);
        return values.Where(pair => known.ContainsKey(pair.value)).DistinctBy(pair => pair.work).ToDictionary(pair => pair.work, pair => known[pair.value]);
    }

    private static async Task<HashSet<ClerkWork>> ErasedAsync(HatcheckDb db, ClerkBatch batch, CancellationToken cancellation)
    {
        var tombstones = batch.Creations.SelectMany(step => step.Work.Values(batch.Keys, batch.BlindOnly), (step, value) => (step.Work, Hash: InboxSubjects.Tombstone(batch.Keys, value))).ToList();
        if (tombstones.Count == 0) return [];
        var erased = await InboxSubjects.ErasedAsync(db, tombstones.ConvertAll(pair => pair.Hash), cancellation);
        return [.. tombstones.Where(pair => erased.Contains(pair.Hash)).Select(pair => pair.Work)];
    }

    private static async Task<bool> IsBlindOnlyAsync(HatcheckDb db, Guid tenant, CancellationToken cancellation) =>
        (await db.Database.SqlQuery<bool>($"select blind_only as \"Value\" from tenants where tenant_id = {tenant}").ToListAsync(cancellation))[0];

    private async Task<TenantKeySet> CurrentAsync(Guid tenant, CancellationToken cancellation)
    {
        var epochs = await database.QueryAsync(tenant, "select key_epoch from tenants where tenant_id = $1", [tenant], row => row.Number("key_epoch"), cancellation);
        return await tenantKeys.GetAsync(tenant, epochs[0], cancellation);
    }
}

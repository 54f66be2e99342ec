using Hatcheck.Crypto;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Inbox;

/// <summary>
/// Events of one claim, each of a different subject, in the transaction that holds their leases and their subjects' rows.
/// </summary>
/// <param name="Db">The transaction.</param>
/// <param name="Vault">Seals and opens cells for the tenant.</param>
/// <param name="Keys">The tenant's keys; the transaction holds their epoch.</param>
/// <param name="Events">The events, in the order received.</param>
/// <param name="Subjects">The rows of their subjects by hash, tracked.</param>
internal sealed record InboxBatch(
    HatcheckDb Db,
    PersonVault Vault,
    TenantKeySet Keys,
    IReadOnlyList<InboxEvent> Events,
    IReadOnlyDictionary<string, InboxSubjectRow> Subjects
)
{
    public Guid Tenant => Vault.Tenant;

    /// <summary>Returns the progress of this event's subject.</summary>
    public InboxSubjectRow SubjectOf(InboxEvent happened) => Subjects[happened.Claim.SubjectHash];
}

/// <summary>
/// The transaction of a batch. It checks the leases, locks the subjects' rows, lets the handler write, and removes the
/// entries, so that a node killed at any point has done all of it once or nothing. A batch takes one commit, and hardly
/// more round trips than one event.
/// </summary>
internal sealed class InboxBatches(Database database, InboxQueue queue, TenantKeys tenantKeys, PersonVaults vaults)
{
    private const int Attempts = 3;

    /// <summary>Processes events of one claim, each of a different subject; returns their results in order.</summary>
    public async Task<IReadOnlyList<InboxResult>> ProcessAsync(
        IInboxHandler handler,
        Guid tenant,
        IReadOnlyList<InboxEvent> events,
        CancellationToken cancellation
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var keys =
                await tenantKeys.KnownAsync(tenant, cancellation) ?? throw new InvalidOperationException("The tenant is gone.");
            try
            {
                var results = await database.WriteAsync(
                    tenant,
                    (db, stop) => ProcessAsync(db, handler, events, keys, stop),
                    cancellation
                );
                if (results is not null)
                    return results;
                // The tenant's keys have changed since this node read them.
                await CurrentKeysAsync(tenant, cancellation);
                if (attempt < Attempts)
                    continue;
                await queue.ReleaseAsync([.. events.Select(happened => happened.Claim)], cancellation);
                return [.. events.Select(_ => new InboxResult.Again())];
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.Classify(fault) == StorageFault.Duplicate)
            {
                // A concurrent request wrote the same value, such as an address: try again.
            }
        }
    }

    /// <summary>
    /// Dead-letters an event, sealed under the key of its user. If the user is unknown or that key can't be opened, the
    /// event stays sealed as received.
    /// </summary>
    public async Task DeadLetterAsync(IInboxHandler handler, InboxEvent happened, string fault, CancellationToken cancellation)
    {
        var tenant = happened.Claim.Tenant;
        var keys = await CurrentKeysAsync(tenant, cancellation);
        if (await TryAsync())
            return;
        await queue.DeadLetterAsync(happened.Claim, fault, cancellation);

        async Task<bool> TryAsync()
        {
            try
            {
                return await database.WriteAsync(
                    tenant,
                    async (db, stop) =>
                    {
                        if (await handler.OwnerAsync(db, keys, happened, stop) is not { } owner)
                            return false;
                        using var vault = vaults.In(db);
                        await DeadLetterAsync(db, vault, happened, owner, fault, stop);
                        return true;
                    },
                    cancellation
                );
            }
            catch (CannotOpenException)
            {
                return false;
            }
        }
    }

    // Null: nothing was done, because the keys are no longer the tenant's.
    private async Task<IReadOnlyList<InboxResult>?> ProcessAsync(
        HatcheckDb db,
        IInboxHandler handler,
        IReadOnlyList<InboxEvent> events,
        TenantKeySet keys,
        CancellationToken cancellation
    )
    {
        // Only ever rolled back as a whole: saves two round trips.
        db.Database.AutoSavepointsEnabled = false;
        // A node that sleeps in here locks rows for no longer than its lease.
        await db.Statements.EndIfIdleAsync(queue.LeaseFor, cancellation);
        var leased = await InboxQueue.HoldAsync(db, [.. events.Select(happened => happened.Claim)], cancellation);
        var held = events.Where(happened => leased.Contains(happened.Claim.EventHash)).ToList();
        if (held.Count == 0)
            return [.. events.Select(_ => new InboxResult.Lost())];
        var subjects = await InboxSubjects.LockAsync(
            db,
            db.Tenant,
            held.Select(happened => happened.Claim.SubjectHash),
            cancellation
        );
        if (!await KeyEpoch.HoldAsync(db, db.Tenant, keys.Epoch, cancellation))
        {
            db.ChangeTracker.Clear();
            return null;
        }

        using var vault = vaults.In(db);
        var batch = new InboxBatch(db, vault, keys, held, subjects);
        var results = await handler.ProcessAsync(batch, cancellation);
        if (results.Count != held.Count)
            throw new InvalidOperationException("A handler returns a result for each event.");
        await FinishAsync(batch, results, cancellation);
        var byEvent = held.Zip(results).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. events.Select(happened => byEvent.GetValueOrDefault(happened) ?? new InboxResult.Lost())];
    }

    private async Task FinishAsync(InboxBatch batch, IReadOnlyList<InboxResult> results, CancellationToken cancellation)
    {
        var (done, again) = (new List<Claim>(), new List<Claim>());
        foreach (var (happened, result) in batch.Events.Zip(results))
        {
            // Each delivery counts once; a replayed dead letter does not count again.
            if (result is not (InboxResult.Again or InboxResult.Later) && happened.Claim.User is null)
                batch.SubjectOf(happened).Events++;
            if (result is InboxResult.Done)
                done.Add(happened.Claim);
            else if (result is InboxResult.Again)
                again.Add(happened.Claim);
            else if (result is InboxResult.Later later)
                await queue.PostponeAsync(batch.Db, happened.Claim, later.Fault, cancellation);
            else if (result is InboxResult.Partly partly)
                await DeadLetterAsync(batch.Db, batch.Vault, happened, partly.Owner, partly.Fault, cancellation);
            else
                throw new InvalidOperationException("Only the inbox returns a lost lease.");
        }

        await InboxQueue.RemoveAsync(batch.Db, done, cancellation);
        await InboxQueue.ReleaseAsync(batch.Db, again, cancellation);
    }

    private static async Task DeadLetterAsync(
        HatcheckDb db,
        PersonVault vault,
        InboxEvent happened,
        Guid owner,
        string fault,
        CancellationToken cancellation
    )
    {
        var body = await vault.SealAsync(InboxBodies.Of(owner, happened.Claim.Entry), happened.Body, cancellation);
        await InboxQueue.DeadLetterAsync(db, happened.Claim, fault, owner, body, cancellation);
    }

    private async Task<TenantKeySet> CurrentKeysAsync(Guid tenant, CancellationToken cancellation)
    {
        const string Epoch = "select key_epoch from tenants where tenant_id = $1";
        var epochs = await database.QueryAsync(tenant, Epoch, [tenant], row => row.Number("key_epoch"), cancellation);
        return await tenantKeys.GetAsync(tenant, epochs[0], cancellation);
    }
}

using Hatcheck.People.Profiles;
using Hatcheck.People.Users;
using Hatcheck.Platform.Channels;
using Hatcheck.Platform.Inbox;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Hatcheck.Access.Webhooks;

/// <summary>A leased event of Clerk, decrypted.</summary>
internal sealed class ClerkInboxEvent(ClerkEndpoint endpoint, Claim claim, ClerkEvent happened, ReadOnlyMemory<byte> body)
    : InboxEvent(claim, body)
{
    public ClerkEndpoint Endpoint => endpoint;

    public ClerkEvent Event => happened;

    /// <summary>The subject's index values under all live keys, newest first.</summary>
    public IReadOnlyList<string> Values(TenantKeySet keys, bool blindOnly) =>
        [.. Name(keys, blindOnly).Values.Select(value => value.Value)];

    public IdentityName Name(TenantKeySet keys, bool blindOnly) =>
        IdentityName.Of(keys, endpoint.Channel, happened.Subject, blindOnly);
}

/// <summary>
/// Applies Clerk's events: registers or changes the user of an issuer's subject, or deletes one. <see cref="ClerkBatch"/>
/// decides; this class reads and writes.
/// </summary>
internal sealed class ClerkHandler(ClerkEndpoints endpoints, Registration registration, HeldProfiles profiles, Deletion deletion)
    : IInboxHandler
{
    public IReadOnlyList<InboxEndpoint> Endpoints { get; } =
    [.. endpoints.All.Select(endpoint => new InboxEndpoint(endpoint.Tenant, endpoint.Name))];

    public InboxEvent? Read(Claim claim, ReadOnlyMemory<byte> body) =>
        endpoints.Find(claim.Endpoint) is { } endpoint
        && ClerkEvent.Read(body, claim.EventAt) is ClerkBody.User { Event: var happened }
            ? new ClerkInboxEvent(endpoint, claim, happened, body)
            : null;

    public async Task<IReadOnlyList<InboxResult>> ProcessAsync(InboxBatch inbox, CancellationToken cancellation)
    {
        var (db, events) = (inbox.Db, inbox.Events.Cast<ClerkInboxEvent>().ToList());
        var blindOnly = await IsBlindOnlyAsync(db, cancellation);
        var identities = await IdentitiesAsync(db, inbox.Keys, blindOnly, events, cancellation);
        var active = await UserRows.LockAsync(db, [.. identities.Values.Select(known => known.User).Distinct()], cancellation);
        var batch = new ClerkBatch(inbox.Tenant, inbox.Keys, blindOnly, inbox.Subjects, identities, active);
        foreach (var happened in events)
            batch.Plan(happened);
        batch.LeaveOut(await ErasedAsync(db, batch, cancellation));
        batch.Read(await HeldProfiles.ReadAsync(db, inbox.Vault, batch.Edited, cancellation));
        batch.Reserve(await HeldProfiles.TakenAsync(db, batch.Values, cancellation));
        batch.Mark();
        await deletion.ApplyAsync(db, inbox.Tenant, batch.Deletions, cancellation);
        await profiles.WriteAsync(db, inbox.Vault, batch.Edits, cancellation);
        foreach (var step in batch.Creations)
        {
            var name = step.Event.Name(inbox.Keys, blindOnly);
            step.Subject.IdentityId = await registration.CreateAsync(
                db,
                inbox.Vault,
                step.User,
                step.Event.Endpoint.Actor,
                step.After,
                step.Values,
                name,
                cancellation
            );
        }

        return batch.Results;
    }

    public async Task<Guid?> OwnerAsync(HatcheckDb db, TenantKeySet keys, InboxEvent happened, CancellationToken cancellation)
    {
        var own = (ClerkInboxEvent)happened;
        var identities = await IdentitiesAsync(db, keys, await IsBlindOnlyAsync(db, cancellation), [own], cancellation);
        if (identities.GetValueOrDefault(own) is not { } known)
            return null;
        return await UserRows.LockKeptAsync(db, known.User, cancellation) ? known.User : null;
    }

    private static async Task<Dictionary<ClerkInboxEvent, KnownIdentity>> IdentitiesAsync(
        HatcheckDb db,
        TenantKeySet keys,
        bool blindOnly,
        IReadOnlyList<ClerkInboxEvent> events,
        CancellationToken cancellation
    )
    {
        var values = events
            .SelectMany(happened => happened.Values(keys, blindOnly), (happened, value) => (happened, value))
            .ToList();
        var all = values.ConvertAll(pair => pair.value);
        var rows = await db.Set<Identity>()
            .AsNoTracking()
            .Where(row => row.Channel == ExternalChannel.ChannelName && all.Contains(row.IndexValue))
            .Select(row => new
            {
                row.IndexValue,
                row.UserId,
                row.IdentityId,
            })
            .ToListAsync(cancellation);
        var known = rows.ToDictionary(
            row => row.IndexValue,
            row => new KnownIdentity(row.UserId, row.IdentityId),
            StringComparer.Ordinal
        );
        return values
            .Where(pair => known.ContainsKey(pair.value))
            .DistinctBy(pair => pair.happened)
            .ToDictionary(pair => pair.happened, pair => known[pair.value]);
    }

    // The erased ones among the users that the batch would create.
    private static async Task<HashSet<ClerkInboxEvent>> ErasedAsync(
        HatcheckDb db,
        ClerkBatch batch,
        CancellationToken cancellation
    )
    {
        var tombstones = batch
            .Creations.SelectMany(
                step => step.Event.Values(batch.Keys, batch.BlindOnly),
                (step, value) => (step.Event, Hash: InboxSubjects.Tombstone(batch.Keys, value))
            )
            .ToList();
        if (tombstones.Count == 0)
            return [];
        var erased = await InboxSubjects.ErasedAsync(db, tombstones.ConvertAll(pair => pair.Hash), cancellation);
        return [.. tombstones.Where(pair => erased.Contains(pair.Hash)).Select(pair => pair.Event)];
    }

    private static async Task<bool> IsBlindOnlyAsync(HatcheckDb db, CancellationToken cancellation)
    {
        var tenants = db.Database.SqlQuery<bool>($"select blind_only as \"Value\" from tenants where tenant_id = {db.Tenant}");
        return (await tenants.ToListAsync(cancellation))[0];
    }
}

using System.Security.Cryptography;
using Hatcheck.Crypto;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Hatcheck.Platform.Outbox;

/// <summary>An endpoint without its secrets.</summary>
internal sealed record OutboxEndpoint(
    Guid Id,
    string Kind,
    string Host,
    IReadOnlyList<string> Events,
    string State,
    DateTimeOffset CreatedAt,
    int Waiting,
    int Dead,
    int Secrets
);

/// <summary>The endpoints that receive events, as operators change them; each change is recorded.</summary>
internal sealed class OutboxEndpoints(Database database, PersonVaults vaults, OutboxQueue queue, IOptions<OutboxOptions> options)
{
    /// <summary>Stands for every event, including those of later versions.</summary>
    public const string AllEvents = "*";

    private const int Attempts = 3;

    /// <summary>A request carries at most so many signatures.</summary>
    private const int MostSecrets = 4;

    private const int SecretLength = 32;

    /// <summary>The most rows per transaction, since SQLite has one writer.</summary>
    private const int Step = 500;

    private const string NoSuchEndpoint = "The tenant has no such endpoint; `hatcheck webhooks list` shows its endpoints.";

    /// <summary>Adds an endpoint. The caller disposes the secret, which exists nowhere else in plaintext.</summary>
    /// <param name="tenant">The tenant whose events it receives.</param>
    /// <param name="kind">The sender's kind.</param>
    /// <param name="target">Its address, of which only the host may be shown.</param>
    /// <param name="host">The address's host.</param>
    /// <param name="events">Names, or only <see cref="AllEvents"/>.</param>
    /// <param name="actor">The actor.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    public async Task<(Guid Id, SecretBytes Secret)> AddAsync(
        Guid tenant,
        string kind,
        string target,
        string host,
        IReadOnlyList<string> events,
        Actor actor,
        CancellationToken cancellation
    )
    {
        var (endpoint, secret) = (Guid.NewGuid(), SecretBytes.Random(SecretLength));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.WriteAsync(
                    tenant,
                    async (db, stop) =>
                    {
                        using var vault = vaults.In(db);
                        if (await vault.EnsureAsync(KeyOwner.Tenant, stop) is { } made)
                            db.Add(made);
                        var place = OutboxEndpointRow.SealedTarget.At(KeyOwner.Tenant, endpoint);
                        db.Add(
                            new OutboxEndpointRow
                            {
                                TenantId = tenant,
                                EndpointId = endpoint,
                                Kind = kind,
                                Host = host,
                                Events = events is [AllEvents] ? AllEvents : $" {string.Join(' ', events)} ",
                                State = OutboxEndpointRow.Active,
                                Target = await vault.SealAsync(place, target, stop),
                                CreatedAt = db.Now,
                            }
                        );
                        db.Add(await SecretAsync(db, vault, endpoint, secret, stop));
                        const string Known = "insert into outbox_tenants (tenant) values ($1) on conflict do nothing";
                        await db.Statements.ExecuteAsync(Known, [tenant], stop);
                        AuditTrail.Add(db, OutboxActs.Add, actor, subject: SubjectOf(endpoint));
                        return (endpoint, secret);
                    },
                    cancellation
                );
            }
            catch (Exception fault) when (attempt < Attempts && StorageFaults.Classify(fault) == StorageFault.Duplicate)
            {
                // A concurrent request created the tenant's first key.
            }
        }
    }

    /// <summary>Lists endpoints, oldest first.</summary>
    public Task<List<OutboxEndpoint>> ListAsync(Guid tenant, CancellationToken cancellation) =>
        database.ReadAsync(
            tenant,
            async (db, stop) =>
            {
                var rows = await db.Set<OutboxEndpointRow>().AsNoTracking().OrderBy(row => row.CreatedAt).ToListAsync(stop);
                var counts = await db.Set<OutboxRow>()
                    .Where(row => row.State != OutboxRow.Delivered)
                    .GroupBy(row => new { row.EndpointId, row.State })
                    .Select(group => new
                    {
                        group.Key.EndpointId,
                        group.Key.State,
                        Count = group.Count(),
                    })
                    .ToListAsync(stop);
                var secrets = await db.Set<OutboxSecretRow>()
                    .AsNoTracking()
                    .Select(row => new { row.EndpointId, row.EndsAt })
                    .ToListAsync(stop);
                int Count(Guid endpoint, string state) =>
                    counts.Find(one => one.EndpointId == endpoint && one.State == state)?.Count ?? 0;
                return rows.ConvertAll(row => new OutboxEndpoint(
                    row.EndpointId,
                    row.Kind,
                    row.Host,
                    row.Events.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                    row.State,
                    row.CreatedAt,
                    Count(row.EndpointId, OutboxRow.Pending),
                    Count(row.EndpointId, OutboxRow.Dead),
                    secrets.Count(secret => secret.EndpointId == row.EndpointId && IsLive(secret.EndsAt, db.Now))
                ));
            },
            cancellation
        );

    /// <summary>Creates a new signing secret, in use from now on. The caller disposes it.</summary>
    /// <param name="tenant">The endpoint's tenant.</param>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="atOnce">
    /// Ends the other secrets now, because one of them leaked; else after <see cref="OutboxOptions.RotationGrace"/>.
    /// </param>
    /// <param name="actor">The actor.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <returns>The secret, and when the previous one ends.</returns>
    /// <exception cref="OperatorException">No such endpoint, or too many active secrets.</exception>
    public Task<(SecretBytes Secret, DateTimeOffset OthersEnd)> RotateAsync(
        Guid tenant,
        Guid endpoint,
        bool atOnce,
        Actor actor,
        CancellationToken cancellation
    ) =>
        database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                await LockAsync(db, endpoint, stop);
                var (now, ends) = (db.Now, atOnce ? db.Now : db.Now + options.Value.RotationGrace);
                var live = db.Set<OutboxSecretRow>()
                    .Where(row => row.EndpointId == endpoint && (row.EndsAt == null || row.EndsAt > now));
                if (!atOnce && await live.CountAsync(stop) >= MostSecrets)
                {
                    throw new OperatorException(
                        $"{MostSecrets} secrets sign already. Wait for one to end, or end them all: --at-once."
                    );
                }

                // A secret that an earlier rotation ends sooner still does.
                await live.Where(row => row.EndsAt == null || row.EndsAt > ends)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.EndsAt, ends), stop);
                using var vault = vaults.In(db);
                var secret = SecretBytes.Random(SecretLength);
                db.Add(await SecretAsync(db, vault, endpoint, secret, stop));
                AuditTrail.Add(db, OutboxActs.Rotate, actor, subject: SubjectOf(endpoint));
                return (secret, ends);
            },
            cancellation
        );

    /// <summary>Pauses an endpoint. Its events are kept and wait.</summary>
    public Task PauseAsync(Guid tenant, Guid endpoint, Actor actor, CancellationToken cancellation) =>
        SetAsync(tenant, endpoint, OutboxEndpointRow.Paused, OutboxActs.Pause, actor, cancellation);

    /// <summary>Enables an endpoint, even after its receiver asked for no more events.</summary>
    public async Task EnableAsync(Guid tenant, Guid endpoint, Actor actor, CancellationToken cancellation)
    {
        await SetAsync(tenant, endpoint, OutboxEndpointRow.Active, OutboxActs.Enable, actor, cancellation);
        queue.Wake(tenant);
    }

    /// <summary>
    /// Removes an endpoint with its secrets and all its events. Events are deleted afterwards in steps; a cleaning removes
    /// events stored meanwhile, or left if this process ends.
    /// </summary>
    public async Task RemoveAsync(Guid tenant, Guid endpoint, Actor actor, CancellationToken cancellation)
    {
        await database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                await LockAsync(db, endpoint, stop);
                await db.Set<OutboxSecretRow>().Where(row => row.EndpointId == endpoint).ExecuteDeleteAsync(stop);
                await db.Set<OutboxEndpointRow>().Where(row => row.EndpointId == endpoint).ExecuteDeleteAsync(stop);
                AuditTrail.Add(db, OutboxActs.Remove, actor, subject: SubjectOf(endpoint));
                return true;
            },
            cancellation
        );
        await DeleteEventsAsync(tenant, endpoint, cancellation);
    }

    /// <summary>Sends an event to an endpoint now, bypassing the outbox.</summary>
    /// <exception cref="OperatorException">No such endpoint, or it can't be opened.</exception>
    public async Task<SendResult> SendAsync(
        Guid tenant,
        Guid endpoint,
        IOutboxSender sender,
        string type,
        CancellationToken cancellation
    )
    {
        var (row, secrets, now) = await database.ReadAsync(
            tenant,
            async (db, stop) =>
                (
                    await db.Set<OutboxEndpointRow>().AsNoTracking().FirstOrDefaultAsync(one => one.EndpointId == endpoint, stop),
                    await db.Set<OutboxSecretRow>()
                        .AsNoTracking()
                        .Where(one => one.EndpointId == endpoint)
                        .OrderByDescending(one => one.CreatedAt)
                        .ToListAsync(stop),
                    db.Now
                ),
            cancellation
        );
        if (row?.Kind != sender.Kind)
            throw new OperatorException(NoSuchEndpoint);
        var live = secrets.Where(secret => IsLive(secret.EndsAt, now)).Select(secret => (secret.SecretId, secret.Secret));
        using var vault = vaults.Open(tenant);
        try
        {
            var due = new DueEndpoint(endpoint, row.Kind, row.Target, [.. live]);
            using var opened = await OpenTarget.OpenAsync(vault, due, cancellation);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(options.Value.Timeout);
            var payload = System.Text.Encoding.UTF8.GetBytes(OutboxEvents.Payload(type, now));
            var delivery = new OutboxDelivery(Guid.NewGuid(), payload, now, opened.Address, opened.Secrets);
            return await sender.SendAsync(delivery, limit.Token);
        }
        catch (CannotOpenException)
        {
            throw new OperatorException(
                "The endpoint can't be opened: it was altered, or its key is destroyed. Remove it, and add it again."
            );
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new SendResult.Again("timeout");
        }
    }

    /// <summary>Locks the row for the transaction, so that two changes of one endpoint are serialised.</summary>
    internal static async Task LockAsync(HatcheckDb db, Guid endpoint, CancellationToken cancellation)
    {
        var rows = db.Set<OutboxEndpointRow>().Where(row => row.EndpointId == endpoint);
        if (await rows.ExecuteUpdateAsync(set => set.SetProperty(row => row.State, row => row.State), cancellation) == 0)
            throw new OperatorException(NoSuchEndpoint);
    }

    internal static Subject SubjectOf(Guid endpoint) => Subject.Of("endpoint", endpoint);

    // By the primary key: no index covers delivered events of one endpoint.
    private async Task DeleteEventsAsync(Guid tenant, Guid endpoint, CancellationToken cancellation)
    {
        const string Next = "select entry_id from outbox where tenant_id = $1 and entry_id > $2 order by entry_id limit $3";
        const string Delete = "delete from outbox where tenant_id = $1 and endpoint_id = $2 and entry_id > $3 and entry_id <= $4";
        var last = Guid.Empty;
        while (true)
        {
            var step = await database.QueryAsync(tenant, Next, [tenant, last, Step], row => row.Guid("entry_id"), cancellation);
            if (step.Count == 0)
                return;
            var (from, to) = (last, step[^1]);
            // Repeated if it collides with an erasure: the endpoint is gone, so the operator could not run the verb again.
            await database.WriteAsync(
                tenant,
                (db, stop) => db.Statements.ExecuteAsync(Delete, [tenant, endpoint, from, to], stop),
                cancellation
            );
            last = to;
        }
    }

    private Task<bool> SetAsync(Guid tenant, Guid endpoint, string state, Act act, Actor actor, CancellationToken cancellation) =>
        database.WriteAsync(
            tenant,
            async (db, stop) =>
            {
                await LockAsync(db, endpoint, stop);
                await db.Set<OutboxEndpointRow>()
                    .Where(row => row.EndpointId == endpoint)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, state), stop);
                AuditTrail.Add(db, act, actor, subject: SubjectOf(endpoint));
                return true;
            },
            cancellation
        );

    private static bool IsLive(DateTimeOffset? endsAt, DateTimeOffset now) => endsAt is not { } end || end > now;

    private static async Task<OutboxSecretRow> SecretAsync(
        HatcheckDb db,
        PersonVault vault,
        Guid endpoint,
        SecretBytes secret,
        CancellationToken cancellation
    )
    {
        var id = Guid.NewGuid();
        var plain = secret.Reveal().ToArray();
        try
        {
            return new OutboxSecretRow
            {
                TenantId = db.Tenant,
                EndpointId = endpoint,
                SecretId = id,
                CreatedAt = db.Now,
                Secret = await vault.SealAsync(OutboxSecretRow.Sealed.At(KeyOwner.Tenant, id), plain, cancellation),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }
}

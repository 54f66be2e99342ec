using System.Security.Cryptography;
using Hatcheck.Contracts;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Users;

namespace Hatcheck.Server.Usage;

internal abstract record UsageWrite
{
    internal sealed record Stored(UsageEntry Entry, bool Replayed) : UsageWrite;

    internal sealed record KeyReused : UsageWrite;

    /// <summary>Others were in the way each time: nothing was stored, and asking again is safe.</summary>
    internal sealed record InFlight : UsageWrite;

    internal sealed record Gone : UsageWrite;
}

/// <summary>A person's usage log: appended sealed, read by time.</summary>
internal sealed class UsageLog(Database database, PersonVaults vaults, TenantKeys tenantKeys, NodeClock clock)
{
    private const int Attempts = 3;

    private const string Insert =
        "insert into usage_log (tenant_id, user_id, at, entry_id, entry) select $1, $2, $3, $4, $5 "
        + "from users where tenant_id = $1 and user_id = $2 and erased_at is null and deleted_at is null {for share}";

    private const string InsertKey =
        "insert into idempotency_keys (tenant_id, user_id, key_hash, request_hash, resource_id, created_at) select $1, $2, $3, $4, $5, $6 "
        + "from users where tenant_id = $1 and user_id = $2 and erased_at is null and deleted_at is null {for share}";

    // The clock comes also where there is no such key: it is the time of the entry.
    private const string FindKey =
        "select k.request_hash, k.resource_id, k.created_at, {now} as clock from (select 1 as one) clock "
        + "left join idempotency_keys k on k.tenant_id = $1 and k.user_id = $2 and k.key_hash = $3";

    private const string DropOldKeys = "delete from idempotency_keys where tenant_id = $1 and created_at < {now} - $2";

    private const string Page =
        "select u.user_id, u.at, u.entry_id, u.entry from usage_log u where u.tenant_id = $1 and u.user_id = $2 "
        + "and u.at >= $3 and u.at < $4 and (u.at < $5 or (u.at = $5 and u.entry_id < $6)) order by u.at desc, u.entry_id desc limit $7";

    /// <summary>Appends an entry, in two round trips (three with a key); a repeat with the same key stores nothing and gives the first one's id.</summary>
    public async Task<UsageWrite> AppendAsync(Caller caller, PersonLookup.Found person, UsageRequest request, string? idempotencyKey, CancellationToken cancellation)
    {
        using var vault = vaults.Open(caller.Tenant, person.Keys);
        var repeat = idempotencyKey is null ? null : await RepeatAsync(caller, person, request, idempotencyKey, cancellation);
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                if (await TryAppendAsync(caller, vault, person, request, repeat, cancellation) is { } done) return done;
            }
            catch (Exception fault) when (StorageFaults.Classify(fault) is StorageFault.Duplicate or StorageFault.RolledBack)
            {
                // The same key at the same moment, or a merge or an erasure of the person: look again.
            }
        }

        return new UsageWrite.InFlight();
    }

    private async Task<Repeat> RepeatAsync(
        Caller caller, PersonLookup.Found person, UsageRequest request, string idempotencyKey, CancellationToken cancellation)
    {
        var content = UsageRow.Sealed.Write(ContentOf(request));
        var set = await tenantKeys.GetAsync(caller.Tenant, caller.KeyEpoch, cancellation);
        var requestHash = set.Hash("idempotent-request", request.At?.UtcTicks.ToString() ?? "", Convert.ToHexString(content));
        CryptographicOperations.ZeroMemory(content);
        // By the id that was asked for, and without the default time: a repeat after a merge, or of a request that gave no time, is the same request.
        return new Repeat(
            person.Asked,
            set.Hash("idempotency", "usage", idempotencyKey),
            requestHash);
    }

    private async Task<UsageWrite?> TryAppendAsync(
        Caller caller,
        PersonVault vault,
        PersonLookup.Found person,
        UsageRequest request,
        Repeat? repeat,
        CancellationToken cancellation)
    {
        var now = await clock.DatabaseAsync(cancellation);
        if (repeat is not null)
        {
            (var replay, now) = await ReplayAsync(caller.Tenant, repeat, request, cancellation);
            if (replay is not null) return replay;
        }

        var at = request.At is { } given ? Instants.Truncate(given.ToUniversalTime()) : now;
        var id = Guid.NewGuid();
        var cell = await vault.SealAsync(UsageRow.Sealed.At(KeyOwner.User(person.User), id), ContentOf(request), cancellation);
        var statements = new List<(string Sql, object?[] Parameters)> { (Insert, [caller.Tenant, person.User, at, id, cell]) };
        if (repeat is not null)
        {
            statements.Add((DropOldKeys, [caller.Tenant, IdempotencyRow.Life]));
            statements.Add((InsertKey, [caller.Tenant, repeat.User, repeat.KeyHash, repeat.RequestHash, id, now]));
        }

        var changed = await database.ExecuteAsync(caller.Tenant, statements, cancellation);
        return changed[0] == 1 ? new UsageWrite.Stored(new UsageEntry(id, at, request.Action!, request.Attributes), Replayed: false) : new UsageWrite.Gone();
    }

    /// <summary>Entries from <paramref name="from"/> until before <paramref name="to"/>, newest first, after the cursor; one more than <paramref name="limit"/> if there are more.</summary>
    public async Task<List<UsageEntry>> PageAsync(
        Guid tenant, PersonScope person, DateTimeOffset from, DateTimeOffset to, PageCursor? cursor, int limit, CancellationToken cancellation)
    {
        var rows = new List<UsageRow>();
        // One indexed range for each of the merged users; almost always there is one.
        foreach (var user in person.Users)
        {
            var (at, entry) = cursor is { } after ? (after.At, after.Entry) : (to, Guid.Empty);
            rows.AddRange(await database.QueryAsync(
                tenant,
                Page,
                [tenant, user, from, to, at, entry, limit + 1],
                row => new UsageRow
                {
                    TenantId = tenant,
                    UserId = row.Guid("user_id"),
                    At = row.Instant("at"),
                    EntryId = row.Guid("entry_id"),
                    Entry = row.Bytes("entry"),
                },
                cancellation));
        }

        rows.Sort((a, b) => a.At != b.At ? b.At.CompareTo(a.At) : string.CompareOrdinal(b.EntryId.ToString(), a.EntryId.ToString()));
        using var vault = vaults.Open(tenant, person.Keys);
        return await OpenAsync(vault, rows.Take(limit + 1), cancellation);
    }

    /// <summary>Opens rows of one person, in their order.</summary>
    public static async Task<List<UsageEntry>> OpenAsync(
        PersonVault vault, IEnumerable<UsageRow> rows, CancellationToken cancellation)
    {
        var entries = new List<UsageEntry>();
        foreach (var row in rows)
        {
            var usage = await vault.OpenAsync(
                UsageRow.Sealed.At(KeyOwner.User(row.UserId), row.EntryId), row.Entry, cancellation);
            entries.Add(new UsageEntry(row.EntryId, row.At, usage.Action, usage.Attributes));
        }

        return entries;
    }

    /// <summary>What a repeat is answered with, null if this is none; and the database's clock.</summary>
    private async Task<(UsageWrite? Answer, DateTimeOffset Clock)> ReplayAsync(
        Guid tenant, Repeat repeat, UsageRequest request, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(
            tenant,
            FindKey,
            [tenant, repeat.User, repeat.KeyHash],
            row => (Request: row.TextOrNull("request_hash"), Resource: row.GuidOrNull("resource_id"), At: row.InstantOrNull("created_at"), Clock: row.Instant("clock")),
            cancellation);
        var now = rows[0].Clock;
        if (rows[0] is not { Request: { } known, Resource: { } resource, At: { } kept }) return (null, now);
        if (kept < now - IdempotencyRow.Life) return (null, now);
        if (known != repeat.RequestHash) return (new UsageWrite.KeyReused(), now);
        var at = request.At is { } given ? Instants.Truncate(given.ToUniversalTime()) : kept;
        return (new UsageWrite.Stored(new UsageEntry(resource, at, request.Action!, request.Attributes), Replayed: true), now);
    }

    private static SealedUsage ContentOf(UsageRequest request) => new(request.Action!, request.Attributes);

    /// <summary>What tells a repeat: hashes only.</summary>
    private sealed record Repeat(Guid User, string KeyHash, string RequestHash);
}

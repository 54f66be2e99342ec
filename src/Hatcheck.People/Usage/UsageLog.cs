using System.Globalization;
using System.Security.Cryptography;
using Hatcheck.Contracts;
using Hatcheck.People.Users;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;

namespace Hatcheck.People.Usage;

/// <summary>A stored line of the log.</summary>
/// <param name="Entry">The line.</param>
/// <param name="IsReplayed">True if an earlier request with the same Idempotency-Key stored it.</param>
internal sealed record StoredUsage(UsageEntry Entry, bool IsReplayed);

/// <summary>Why a line was not stored, in addition to the common refusals.</summary>
internal sealed record UsageInFlight : Refusal
{
    public override Problem ToProblem() =>
        Problems.Conflict(
            ProblemCodes.IdempotencyInFlight,
            "Others are writing at the same time. Nothing was stored; repeat it with the same Idempotency-Key."
        );
}

/// <summary>A user's usage log: appends sealed entries, reads by time.</summary>
internal sealed class UsageLog(
    PersonChanges changes,
    Database database,
    PersonVaults vaults,
    Idempotency idempotency,
    NodeClock clock
)
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private const string OfActive =
        "from users where tenant_id = $1 and user_id = $2 and erased_at is null and deleted_at is null {for share}";

    private const string Insert =
        "insert into usage_log (tenant_id, user_id, at, entry_id, entry) select $1, $2, $3, $4, $5 " + OfActive;

    // The entry is the survivor's; the idempotency key is stored under the requested id.
    private const string IfStored = "from usage_log where tenant_id = $1 and user_id = $7 and at = $8 and entry_id = $5";

    private const string Page =
        "select u.user_id, u.at, u.entry_id, u.entry from usage_log u where u.tenant_id = $1 and u.user_id = $2 "
        + "and u.at >= $3 and u.at < $4 and (u.at < $5 or (u.at = $5 and u.entry_id < $6)) order by u.at desc, u.entry_id "
        + "desc limit $7";

    /// <summary>
    /// Appends an entry, in two round trips (three with a key); a repeat with the same key stores nothing and returns the first
    /// one's id.
    /// </summary>
    public async Task<Outcome<StoredUsage>> AppendAsync(
        Caller caller,
        Guid user,
        UsageRequest request,
        string? idempotencyKey,
        CancellationToken cancellation
    )
    {
        if (request.At is { } at && (at < Period.Earliest || at > await clock.DatabaseAsync(cancellation) + ClockSkew))
            return new Refusal.Invalid(Problems.Invalid("at", "Not before 2000, and at most 5 minutes ahead."));
        // Hash the requested id, without the default time: a repeat after a merge, or of a request without a time, is the
        // same request.
        var repeatable = await idempotency.OfAsync(caller, idempotencyKey, "usage", user, PartsOf(request), cancellation);
        var stored = await changes.BatchAsync<StoredUsage>(
            caller.Tenant,
            user,
            (person, stop) => AppendAsync(caller.Tenant, person, request, repeatable, stop),
            cancellation
        );
        return stored.Refusal is Refusal.Busy ? new UsageInFlight() : stored;
    }

    private async Task<Outcome<StoredUsage>> AppendAsync(
        Guid tenant,
        PersonLookup.Found person,
        UsageRequest request,
        RepeatableRequest? repeatable,
        CancellationToken cancellation
    )
    {
        if (repeatable is not null)
        {
            var found = await idempotency.FindAsync(repeatable, db: null, cancellation);
            if (found is not Outcome<FirstRequest?>.Done(var first))
                return found.Refusal!;
            if (first is not null)
                return new StoredUsage(EntryOf(first.Resource, request, first.At), IsReplayed: true);
        }

        // Truncated as in the database, so that a repeat returns the same value.
        var (id, now) = (Guid.NewGuid(), Instants.Truncate(await clock.DatabaseAsync(cancellation)));
        var entry = EntryOf(id, request, now);
        using var vault = vaults.Open(tenant, person.Keys);
        var cell = await vault.SealAsync(UsageRow.Sealed.At(KeyOwner.User(person.User), id), ContentOf(request), cancellation);
        List<(string Sql, object?[] Parameters)> statements = [(Insert, [tenant, person.User, entry.At, id, cell])];
        if (repeatable is not null)
            statements.AddRange(Idempotency.Keep(repeatable, id, now, IfStored, person.User, entry.At));
        var changed = await database.ExecuteAsync(tenant, statements, cancellation);
        // None changed: deleted, merged or erased since the look-up.
        return changed[0] == 1 ? new StoredUsage(entry, IsReplayed: false) : new Refusal.Busy();
    }

    /// <summary>
    /// Entries from <paramref name="from"/> until before <paramref name="to"/>, newest first, after the cursor; one more than
    /// <paramref name="limit"/> if there are more.
    /// </summary>
    public async Task<List<UsageEntry>> PageAsync(
        Guid tenant,
        PersonScope person,
        DateTimeOffset from,
        DateTimeOffset to,
        PageCursor? cursor,
        int limit,
        CancellationToken cancellation
    )
    {
        var rows = new List<UsageRow>();
        // One indexed range per merged user; almost always there is one.
        foreach (var user in person.Users)
        {
            var (at, entry) = cursor is { } after ? (after.At, after.Entry) : (to, Guid.Empty);
            rows.AddRange(
                await database.QueryAsync(
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
                    cancellation
                )
            );
        }

        rows.Sort(
            (a, b) => a.At != b.At ? b.At.CompareTo(a.At) : string.CompareOrdinal(b.EntryId.ToString(), a.EntryId.ToString())
        );
        using var vault = vaults.Open(tenant, person.Keys);
        return await OpenAsync(vault, rows.Take(limit + 1), cancellation);
    }

    /// <summary>Decrypts rows of one user, in their order.</summary>
    public static async Task<List<UsageEntry>> OpenAsync(
        PersonVault vault,
        IEnumerable<UsageRow> rows,
        CancellationToken cancellation
    )
    {
        var entries = new List<UsageEntry>();
        foreach (var row in rows)
        {
            var usage = await vault.OpenAsync(
                UsageRow.Sealed.At(KeyOwner.User(row.UserId), row.EntryId),
                row.Entry,
                cancellation
            );
            entries.Add(new UsageEntry(row.EntryId, row.At, usage.Action, usage.Attributes));
        }

        return entries;
    }

    private static UsageEntry EntryOf(Guid id, UsageRequest request, DateTimeOffset now) =>
        new(id, request.At is { } at ? Instants.Truncate(at.ToUniversalTime()) : now, request.Action!, request.Attributes);

    private static SealedUsage ContentOf(UsageRequest request) => new(request.Action!, request.Attributes);

    private static string[] PartsOf(UsageRequest request)
    {
        var content = UsageRow.Sealed.Write(ContentOf(request));
        string[] parts = [request.At?.UtcTicks.ToString(CultureInfo.InvariantCulture) ?? "", Convert.ToHexString(content)];
        CryptographicOperations.ZeroMemory(content);
        return parts;
    }
}

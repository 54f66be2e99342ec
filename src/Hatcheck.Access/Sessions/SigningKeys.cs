using System.Collections.Concurrent;
using Hatcheck.Crypto;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// The keys that sign access tokens: one signs, the next is published an hour before it does, and older ones stay until their
/// last token has expired. Whoever is about to sign reads the table and makes the next key when it is time; the version
/// decides between nodes that do so at once. A key that was taken away is refused at once on every node, since each request
/// asks for it (see <see cref="OwnTokenCallers"/>).
/// </summary>
internal sealed class SigningKeys(
    Database database,
    IKeyEncryptionKey kek,
    IOptions<OwnSessionOptions> options,
    TimeProvider time
) : IDisposable
{
    /// <summary>A key is published at least so long before it signs: longer than anybody may keep the published set.</summary>
    public static readonly TimeSpan Lead = TimeSpan.FromHours(1);

    /// <summary>How long a node answers with the set that it read last.</summary>
    private static readonly TimeSpan PublishedFor = TimeSpan.FromSeconds(5);

    private const string Columns = "version, key_id, public_key, kek_id, wrapped, signs_from";

    private const string Insert =
        "insert into signing_keys (version, key_id, public_key, kek_id, wrapped, created_at, signs_from) "
        + "values ($1, $2, $3, $4, $5, {now}, $6) on conflict do nothing";

    // With the clock also where there is no key yet.
    private const string All =
        "select "
        + Columns
        + ", {now} as clock from (select 1 as one) clock left join signing_keys on true order by version desc";

    private volatile Published? published;

    // A key id never names another key, so these are never stale; whether a key still counts is asked with each request.
    private readonly ConcurrentDictionary<string, JsonWebKey> known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TokenSigner> signers = new(StringComparer.Ordinal);

    /// <summary>
    /// The public half of a key that tokens name; null if there is no such key. Asks the database once for each key.
    /// </summary>
    public async ValueTask<JsonWebKey?> FindAsync(string keyId, CancellationToken cancellation)
    {
        if (known.TryGetValue(keyId, out var key))
            return key;
        var rows = await database.QueryAsync(
            Guid.Empty,
            $"select {Columns} from signing_keys where key_id = $1",
            [keyId],
            Read,
            cancellation
        );
        return rows is [var row] ? Remember(row) : null;
    }

    /// <summary>Who signs now, on every node.</summary>
    public async Task<TokenSigner> SignerAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var (keys, now) = await AllAsync(cancellation);
            if (await MakeNextAsync(keys, now, cancellation))
                continue;
            // A clock that was set back leaves keys that were to sign later: the oldest then does, rather than none.
            var current = keys.Find(key => key.SignsFrom <= now) ?? keys[^1];
            if (signers.TryGetValue(current.Id, out var signer))
                return signer;
            if (current.KekId != kek.Id)
                throw new CannotOpenException();
            signer = new TokenSigner(
                current.Id,
                await kek.UnwrapAsync(current.Wrapped, SigningKeyRow.ContextOf(current.Version), cancellation)
            );
            var kept = signers.GetOrAdd(current.Id, signer);
            if (!ReferenceEquals(kept, signer))
                signer.Dispose();
            return kept;
        }
    }

    /// <summary>Everything that may have signed a token that is still good, and what will sign next.</summary>
    public async Task<IReadOnlyList<JsonWebKey>> PublishedAsync(CancellationToken cancellation)
    {
        // Anybody may ask for it, so asking must cost little.
        if (published is { } kept && time.GetUtcNow() < kept.Until && time.GetUtcNow() >= kept.Until - PublishedFor)
            return kept.Keys;
        var good = await ReadPublishedAsync(cancellation);
        published = new Published(good, time.GetUtcNow() + PublishedFor);
        return good;
    }

    /// <summary>The same as the table has it now.</summary>
    public async Task<IReadOnlyList<JsonWebKey>> ReadPublishedAsync(CancellationToken cancellation)
    {
        var (keys, now) = await AllAsync(cancellation);
        var retired = Retired(keys, now);
        return [.. keys.Where(key => !retired.Contains(key)).Select(key => key.ToPublicKey())];
    }

    /// <summary>
    /// An emergency: takes every key away, the one that was to sign next too, and makes one that signs at once. What they
    /// signed is refused from then on; refresh tokens go on. Needs the maintenance role.
    /// </summary>
    public async Task<string> ReplaceAsync(Actor actor, CancellationToken cancellation)
    {
        var id = await database.WriteAcrossTenantsAsync(
            async (all, stop) =>
            {
                // Or a node makes the next key meanwhile.
                await all.LockTableAsync("signing_keys", stop);
                var newest = await all.QueryAsync(
                    "select coalesce(max(version), 0) as version, {now} as clock from signing_keys",
                    [],
                    row => (Version: row.Number("version"), Now: row.Instant("clock")),
                    stop
                );
                var key = await SigningKeyRow.CreateAsync(newest[0].Version + 1, newest[0].Now, kek, stop);
                await all.ExecuteAsync("delete from signing_keys", [], stop);
                await all.ExecuteAsync(Insert, [key.Version, key.Id, key.PublicKey, key.KekId, key.Wrapped, key.SignsFrom], stop);
                // Of the whole installation, so of no tenant.
                var subject = Subject.Of("key", key.Id);
                var entry = AuditTrail.Statement(Guid.Empty, AccessActs.SigningKeyReplace, actor, subject: subject);
                await all.ExecuteAsync(entry.Sql, entry.Parameters, stop);
                return key.Id;
            },
            cancellation
        );
        await database.ScrubAsync(Compaction.Now, CancellationToken.None);
        return id;
    }

    /// <summary>Deletes the keys whose last token has expired. Needs the maintenance role; returns how many.</summary>
    public async Task<int> PurgeAsync(JobRun run, CancellationToken cancellation)
    {
        var (keys, now) = await AllAsync(cancellation);
        var retired = Retired(keys, now);
        if (retired.Count == 0)
            return 0;
        return await database.WriteAcrossTenantsAsync(
            async (all, stop) =>
            {
                await run.HoldAsync(all, stop);
                const string Delete = "delete from signing_keys where version <= $1";
                return await all.ExecuteAsync(Delete, [retired.Max(key => key.Version)], stop);
            },
            cancellation
        );
    }

    public void Dispose()
    {
        foreach (var signer in signers.Values)
            signer.Dispose();
    }

    private static SigningKeyRow Read(Row row) =>
        new(
            row.Number("version"),
            row.Text("key_id"),
            row.Bytes("public_key"),
            row.Text("kek_id"),
            row.Bytes("wrapped"),
            row.Instant("signs_from")
        );

    /// <summary>Superseded for longer than any of their tokens lives.</summary>
    private List<SigningKeyRow> Retired(List<SigningKeyRow> keys, DateTimeOffset now)
    {
        var last = options.Value.AccessTokenLife + (2 * OwnSessionOptions.ClockSkew);
        return
        [
            .. keys.Skip(1)
                .Zip(keys, (key, next) => (Key: key, Until: next.SignsFrom + last))
                .Where(pair => pair.Until < now)
                .Select(pair => pair.Key),
        ];
    }

    /// <summary>Makes the next key if it is time; true if somebody did.</summary>
    private async Task<bool> MakeNextAsync(List<SigningKeyRow> keys, DateTimeOffset now, CancellationToken cancellation)
    {
        var newest = keys.FirstOrDefault();
        var due = newest is null ? now : newest.SignsFrom + options.Value.SigningKeyLife;
        if (newest is not null && now < due - Lead)
            return false;
        var signsFrom = newest is null || due > now + Lead ? due : now + Lead;
        var key = await SigningKeyRow.CreateAsync((newest?.Version ?? 0) + 1, signsFrom, kek, cancellation);
        await database.ExecuteAsync(
            Guid.Empty,
            [(Insert, [key.Version, key.Id, key.PublicKey, key.KekId, key.Wrapped, key.SignsFrom])],
            cancellation
        );
        return true;
    }

    private async Task<(List<SigningKeyRow> Keys, DateTimeOffset Now)> AllAsync(CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(
            Guid.Empty,
            All,
            [],
            row => (Key: row.IsNull("version") ? null : Read(row), Now: row.Instant("clock")),
            cancellation
        );
        return ([.. rows.Select(row => row.Key).OfType<SigningKeyRow>()], rows[0].Now);
    }

    private sealed record Published(IReadOnlyList<JsonWebKey> Keys, DateTimeOffset Until);

    private JsonWebKey Remember(SigningKeyRow row) => known.GetOrAdd(row.Id, _ => row.ToPublicKey());
}

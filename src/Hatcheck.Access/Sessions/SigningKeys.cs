using System.Collections.Concurrent;
using Hatcheck.Crypto;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Jobs;
using Hatcheck.Platform.Storage;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Hatcheck.Access.Sessions;

/// <summary>
/// The keys that sign access tokens: one signs, the next is published an hour before it does, and older ones stay until
/// their last token has expired. A node that signs reads the table, and creates the next key when it is due; the version
/// decides between nodes that do so at once. A deleted key is refused at once on every node, since each request reads it
/// (see <see cref="OwnTokenCallers"/>).
/// </summary>
internal sealed class SigningKeys(
    Database database,
    IKeyEncryptionKey kek,
    IOptions<OwnSessionOptions> options,
    TimeProvider time
) : IDisposable
{
    /// <summary>
    /// A key is published at least this long before it signs: longer than anyone may cache the published set.
    /// </summary>
    public static readonly TimeSpan Lead = TimeSpan.FromHours(1);

    /// <summary>How long a node caches the published set.</summary>
    private static readonly TimeSpan PublishedFor = TimeSpan.FromSeconds(5);

    private const string Columns = "version, key_id, public_key, kek_id, wrapped, signs_from";

    private const string Insert =
        "insert into signing_keys (version, key_id, public_key, kek_id, wrapped, created_at, signs_from) "
        + "values ($1, $2, $3, $4, $5, {now}, $6) on conflict do nothing";

    // Returns the clock even if there is no key yet.
    private const string All =
        "select "
        + Columns
        + ", {now} as clock from (select 1 as one) clock left join signing_keys on true order by version desc";

    private volatile Published? published;

    // A key id never names another key, so these are never stale; each request checks whether the key is still valid.
    private readonly ConcurrentDictionary<string, JsonWebKey> known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TokenSigner> signers = new(StringComparer.Ordinal);

    /// <summary>
    /// The public half of a key, by the token's <c>kid</c>; null if there is no such key. One query per key.
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

    /// <summary>The key that signs now, on every node.</summary>
    public async Task<TokenSigner> SignerAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var (keys, now) = await AllAsync(cancellation);
            if (await CreateNextAsync(keys, now, cancellation))
                continue;
            // After a clock was set back, all keys may start in the future: the oldest then signs.
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

    /// <summary>The keys that may have signed a token that is still valid, and the next key.</summary>
    public async Task<IReadOnlyList<JsonWebKey>> PublishedAsync(CancellationToken cancellation)
    {
        // Anyone may call this, so it must be cheap.
        if (published is { } kept && time.GetUtcNow() < kept.Until && time.GetUtcNow() >= kept.Until - PublishedFor)
            return kept.Keys;
        var good = await ReadPublishedAsync(cancellation);
        published = new Published(good, time.GetUtcNow() + PublishedFor);
        return good;
    }

    /// <summary>Same, straight from the table.</summary>
    public async Task<IReadOnlyList<JsonWebKey>> ReadPublishedAsync(CancellationToken cancellation)
    {
        var (keys, now) = await AllAsync(cancellation);
        var retired = Retired(keys, now);
        return [.. keys.Where(key => !retired.Contains(key)).Select(key => key.ToPublicKey())];
    }

    /// <summary>
    /// For emergencies: deletes every key, including the next one, and creates one that signs at once. Existing access
    /// tokens are refused; refresh tokens stay valid. Needs the maintenance role.
    /// </summary>
    public async Task<string> ReplaceAsync(Actor actor, CancellationToken cancellation)
    {
        var id = await database.WriteAcrossTenantsAsync(
            async (all, stop) =>
            {
                // Else a node could create the next key meanwhile.
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
                // It concerns the whole installation, so no tenant.
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

    /// <summary>The keys that were superseded longer ago than any of their tokens lives.</summary>
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

    /// <summary>Creates the next key if it is due; true if this or another node did.</summary>
    private async Task<bool> CreateNextAsync(List<SigningKeyRow> keys, DateTimeOffset now, CancellationToken cancellation)
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

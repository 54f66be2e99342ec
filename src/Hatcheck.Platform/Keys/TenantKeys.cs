using System.Collections.Concurrent;
using System.Text;
using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Keys;

/// <summary>The live keys of a tenant at one epoch.</summary>
/// <param name="Epoch">Grows with every change of the tenant's keys.</param>
/// <param name="Index">Live index keys, newest first; never empty.</param>
/// <param name="Profile">Keys for profile values, like <paramref name="Index"/>, but always of scheme 1.</param>
/// <param name="Links">
/// Retired keys of a blind-only tenant: they create no rows, but lead from an older hash to the newest.
/// </param>
/// <param name="Lookup">Hashes the look-up keys of side stores.</param>
internal sealed record TenantKeySet(
    int Epoch,
    IReadOnlyList<BlindIndexKey> Index,
    IReadOnlyList<BlindIndexKey> Profile,
    IReadOnlyList<BlindIndexKey> Links,
    SecretBytes Lookup
)
{
    /// <summary>
    /// Nests a hash that a bot made under one version, for every live version from that one on, newest first: HMAC(k3,
    /// HMAC(k2, hash)). Null if there is no such version, or a key between it and the newest is gone. The key of the
    /// version itself is not needed.
    /// </summary>
    public IReadOnlyList<(string Value, int KeyVersion)>? Nest(string hash, int version)
    {
        if (version < 1 || version > Index[0].Version)
            return null;
        var values = new List<(string Value, int KeyVersion)>();
        if (Index.Any(key => key.Version == version))
            values.Add((hash, version));
        var value = hash;
        for (var next = version + 1; next <= Index[0].Version; next++)
        {
            if (Index.Concat(Links).FirstOrDefault(key => key.Version == next) is not { } key)
                return null;
            value = key.Rehash(value);
            if (Index.Contains(key))
                values.Insert(0, (value, next));
        }

        return values;
    }

    /// <summary>
    /// The index values that a hash without a version may stand for: the hash itself, and for a blind-only tenant, whose
    /// bots keep using their key, its nesting from each older version. Before the first rotation that is one value.
    /// </summary>
    public IEnumerable<string> Readings(string hash, bool blindOnly)
    {
        yield return hash;
        for (var version = Index[0].Version - 1; blindOnly && version >= 1; version--)
        {
            if (Nest(hash, version) is not [var newest, ..])
                yield break;
            yield return newest.Value;
        }
    }

    /// <summary>A keyed hash of a side store's key, so that the store holds no personal data: 64 lowercase hex.</summary>
    public string Hash(string label, params ReadOnlySpan<string> parts)
    {
        // Length-prefixed, so that different lists of parts never give the same text.
        var text = new StringBuilder().Append(label);
        foreach (var part in parts)
            text.Append('\0').Append(part.Length).Append(':').Append(part);
        return Convert.ToHexStringLower(Mac.HmacSha256(Lookup.Reveal(), Encoding.UTF8.GetBytes(text.ToString())));
    }
}

/// <summary>
/// Opened tenant keys, cached by epoch. The epoch comes from the database with every authenticated request, so a node never
/// uses a key set older than its request.
/// </summary>
internal sealed class TenantKeys(IKeyEncryptionKey kek, Database database, TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, TenantKeySet> cache = new();

    public async ValueTask<TenantKeySet> GetAsync(Guid tenant, int epoch, CancellationToken cancellation)
    {
        if (cache.TryGetValue(tenant, out var set) && set.Epoch == epoch)
            return set;
        set = await LoadAsync(tenant, epoch, cancellation);
        cache[tenant] = set;
        return set;
    }

    /// <summary>
    /// Returns the tenant's keys at the epoch cached on this node, for a caller that has not read the epoch. They may be
    /// outdated: a caller that finds nothing reads the epoch, and asks again if it differs. Null if there is no such
    /// tenant.
    /// </summary>
    public async ValueTask<TenantKeySet?> KnownAsync(Guid tenant, CancellationToken cancellation)
    {
        if (cache.TryGetValue(tenant, out var set))
            return set;
        var epochs = await database.QueryAsync(
            tenant,
            "select key_epoch from tenants where tenant_id = $1",
            [tenant],
            row => row.Number("key_epoch"),
            cancellation
        );
        return epochs is [var epoch] ? await GetAsync(tenant, epoch, cancellation) : null;
    }

    /// <summary>
    /// Creates the row of a new key. <paramref name="imported"/> is an existing system's index key; null generates a random
    /// one.
    /// </summary>
    public async Task<TenantKeyRow> CreateAsync(
        Guid tenant,
        string purpose,
        int version,
        int scheme,
        SecretBytes? imported,
        CancellationToken cancellation
    )
    {
        using var random = imported is null ? SecretBytes.Random(32) : null;
        var wrapped = await kek.WrapAsync(
            imported ?? random!,
            new WrapContext(tenant, Guid.Empty, purpose, version),
            cancellation
        );
        return new TenantKeyRow
        {
            TenantId = tenant,
            Purpose = purpose,
            Version = version,
            Scheme = scheme,
            KekId = kek.Id,
            Wrapped = wrapped,
            CreatedAt = time.Now(),
        };
    }

    // Scheme 0 covers Telegram ids only, and its key comes from another system and may be shorter than scheme 1 requires
    // (docs/reference/blind-index.md).
    private static BlindIndexKey ForProfiles(BlindIndexKey key)
    {
        if (key.Scheme == BlindIndexKey.LabelledScheme)
            return key;
        using var plain = key.CopyKey();
        using var derived = new SecretBytes(Mac.HmacSha256(plain.Reveal(), "hatcheck profile key v1"u8));
        return new BlindIndexKey(derived, key.Version, BlindIndexKey.LabelledScheme);
    }

    private async Task<TenantKeySet> LoadAsync(Guid tenant, int epoch, CancellationToken cancellation)
    {
        var rows = await database.QueryAsync(
            tenant,
            "select purpose, version, scheme, kek_id, wrapped, state from tenant_keys where tenant_id = $1 order by version desc",
            [tenant],
            row =>
                (
                    Purpose: row.Text("purpose"),
                    Version: row.Number("version"),
                    Scheme: row.Number("scheme"),
                    KekId: row.Text("kek_id"),
                    Wrapped: row.Bytes("wrapped"),
                    State: row.Text("state")
                ),
            cancellation
        );
        var index = new List<BlindIndexKey>();
        var links = new List<BlindIndexKey>();
        SecretBytes? lookup = null;
        foreach (var row in rows)
        {
            if (row.KekId != kek.Id)
                throw new CannotOpenException();
            var key = await kek.UnwrapAsync(
                row.Wrapped,
                new WrapContext(tenant, Guid.Empty, row.Purpose, row.Version),
                cancellation
            );
            if (row.Purpose == KeyPurpose.Index)
                (row.State == KeyState.Live ? index : links).Add(new BlindIndexKey(key, row.Version, row.Scheme));
            else
                lookup ??= key;
        }

        return index.Count > 0 && lookup is not null
            ? new TenantKeySet(epoch, index, index.ConvertAll(ForProfiles), links, lookup)
            : throw new CannotOpenException();
    }
}

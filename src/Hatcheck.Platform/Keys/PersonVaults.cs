using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// Opens vaults, and creates and unwraps their keys. Unwrapped keys are not cached beyond a request: unwrapping is one
/// local AES-GCM operation.
/// </summary>
internal sealed class PersonVaults(IKeyEncryptionKey kek, Database database, DayKeys days, TimeProvider time)
{
    private static readonly Columns Stored = new();
    private static readonly WrappedKey.Fields Key = WrappedKey.Fields.All(Stored, "k");

    /// <summary>PostgreSQL and SQLite accept many more parameters.</summary>
    private const int OwnersPerQuery = 512;

    /// <summary>Opens a vault for one request.</summary>
    /// <param name="tenant">The tenant of the owners whose cells it opens and seals.</param>
    /// <param name="brought">The keys that the request's own query read.</param>
    public PersonVault Open(Guid tenant, IReadOnlyList<WrappedKey>? brought = null) => new(this, tenant, null, brought ?? []);

    /// <summary>Opens a vault inside a transaction, which reads the missing keys.</summary>
    public PersonVault In(HatcheckDb db, IReadOnlyList<WrappedKey>? brought = null) => new(this, db.Tenant, db, brought ?? []);

    /// <summary>Creates a key and the row to insert. The caller disposes the key.</summary>
    internal async ValueTask<(DataKey Key, UserKeyRow Row)> CreateAsync(
        Guid tenant,
        KeyOwner owner,
        CancellationToken cancellation
    )
    {
        const int Version = 1;
        using var bytes = SecretBytes.Random(DataKey.Length);
        var wrapped = await kek.WrapAsync(bytes, new WrapContext(tenant, owner.Id, owner.Purpose, Version), cancellation);
        var row = new UserKeyRow
        {
            TenantId = tenant,
            UserId = owner.Id,
            Purpose = owner.Purpose,
            Version = Version,
            KekId = kek.Id,
            Wrapped = wrapped,
            CreatedAt = time.Now(),
        };
        return (new DataKey(bytes, Version), row);
    }

    /// <summary>Unwraps a key. The caller disposes it.</summary>
    /// <exception cref="CannotOpenException">It was altered, or wrapped by another KEK or for another place.</exception>
    internal async ValueTask<DataKey> UnwrapAsync(Guid tenant, WrappedKey wrapped, CancellationToken cancellation)
    {
        if (wrapped.KekId != kek.Id)
            throw new CannotOpenException();
        var context = new WrapContext(tenant, wrapped.Owner.Id, wrapped.Owner.Purpose, wrapped.Version);
        using var bytes = await kek.UnwrapAsync(wrapped.Bytes, context, cancellation);
        return new DataKey(bytes, wrapped.Version);
    }

    /// <summary>
    /// Returns the key of the day that a cell names; today's if none is named. The caller must not dispose it.
    /// </summary>
    /// <exception cref="CannotOpenException">It was destroyed.</exception>
    internal async ValueTask<DataKey> DayAsync(Guid tenant, int? day, CancellationToken cancellation) =>
        day is { } named
            ? await days.FindAsync(tenant, named, cancellation) ?? throw new CannotOpenException()
            : (await days.TodayAsync(tenant, cancellation)).Key;

    /// <summary>Reads every key of these owners, of all purposes and versions. One round trip per 512 owners.</summary>
    internal async Task<List<WrappedKey>> ReadAsync(
        Guid tenant,
        HatcheckDb? db,
        IReadOnlyCollection<Guid> owners,
        CancellationToken cancellation
    )
    {
        var keys = new List<WrappedKey>();
        foreach (var some in owners.Chunk(OwnersPerQuery))
        {
            // Padded with the last one to a power of two, so that ten statements are prepared instead of five hundred.
            var places = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)some.Length);
            object[] parameters = [tenant, .. Enumerable.Range(0, places).Select(i => some[Math.Min(i, some.Length - 1)])];
            var list = string.Join(", ", Enumerable.Range(2, places).Select(i => $"${i}"));
            var sql = $"select {Stored} from user_keys k where k.tenant_id = $1 and k.user_id in ({list})";
            keys.AddRange(
                db is null
                    ? await database.QueryAsync(tenant, sql, parameters, row => Key.Read(row)!, cancellation)
                    : await db.QueryAsync(sql, parameters, row => Key.Read(row)!, cancellation)
            );
        }

        return keys;
    }
}

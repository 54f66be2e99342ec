using System.Security.Cryptography;
using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;

namespace Hatcheck.Platform.Keys;

/// <summary>
/// The only place that seals and opens personal data: a user's, a member's, or a tenant's day in the inbox. It takes the
/// wrapped keys that the request's own query read, unwraps a version when a cell first needs it, and seals with the newest.
/// It queries the database only for a key that it was not given. It belongs to one request, whose disposal zeroes the keys.
/// </summary>
internal sealed class PersonVault(PersonVaults vaults, Guid tenant, HatcheckDb? db, IReadOnlyList<WrappedKey> brought)
    : IDisposable
{
    // A request has one or two keys: lists are cheaper than dictionaries.
    private readonly List<(KeyOwner Owner, DataKey Key)> opened = new(1);
    private List<WrappedKey>? read;
    private HashSet<Guid>? complete;
    private HashSet<Guid>? asked;

    public Guid Tenant => tenant;

    /// <summary>Seals a value as the cell of a place, under its owner's newest key.</summary>
    /// <exception cref="CannotOpenException">The owner has no key: erased.</exception>
    public async ValueTask<byte[]> SealAsync<T>(CellPlace<T> place, T value, CancellationToken cancellation)
    {
        var key = await NewestAsync(place.Owner, cancellation);
        var plain = place.Column.Write(value);
        try
        {
            return Cell.Seal(key, Address(place.Place), plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Seals bytes, which the caller still has to clear.</summary>
    /// <exception cref="CannotOpenException">The owner has no key: erased.</exception>
    public async ValueTask<byte[]> SealAsync(CellPlace place, ReadOnlyMemory<byte> plain, CancellationToken cancellation) =>
        Cell.Seal(await NewestAsync(place.Owner, cancellation), Address(place), plain.Span);

    /// <summary>Opens a cell.</summary>
    /// <exception cref="CannotOpenException">
    /// The cell belongs to another place, was altered, or its key is destroyed.
    /// </exception>
    public async ValueTask<T> OpenAsync<T>(CellPlace<T> place, byte[] cell, CancellationToken cancellation)
    {
        using var plain = await OpenAsync(place.Place, cell, cancellation);
        return place.Column.Read(plain.Reveal());
    }

    /// <summary>Opens a cell of bytes; the caller disposes them.</summary>
    /// <exception cref="CannotOpenException">
    /// The cell belongs to another place, was altered, or its key is destroyed.
    /// </exception>
    public async ValueTask<SecretBytes> OpenAsync(CellPlace place, byte[] cell, CancellationToken cancellation) =>
        Cell.Open(await NamedAsync(place.Owner, Cell.KeyVersion(cell), cancellation), Address(place), cell);

    /// <summary>Creates a key for an owner without one, ready to seal with. The caller inserts the row.</summary>
    public async ValueTask<UserKeyRow> CreateAsync(KeyOwner owner, CancellationToken cancellation)
    {
        var (key, row) = await vaults.CreateAsync(tenant, owner, cancellation);
        opened.Add((owner, key));
        MarkComplete(owner.Id);
        return row;
    }

    /// <summary>
    /// Ensures that an owner has a key: returns null if so, else the row of a new one, which the caller inserts.
    /// </summary>
    public async ValueTask<UserKeyRow?> EnsureAsync(KeyOwner owner, CancellationToken cancellation)
    {
        if (await HasAsync(owner, cancellation))
            return null;
        return await CreateAsync(owner, cancellation);
    }

    /// <summary>Adds another key that the request's query read.</summary>
    public void AddKey(WrappedKey key) => (read ??= []).Add(key);

    /// <summary>Records that the query read every purpose of an owner: other keys don't exist.</summary>
    public void MarkComplete(Guid owner) => (complete ??= []).Add(owner);

    /// <summary>Reads every key of these owners, in one round trip.</summary>
    public async Task ReadKeysAsync(IReadOnlyCollection<Guid> owners, CancellationToken cancellation)
    {
        if (owners.Count == 0)
            return;
        (read ??= []).AddRange(await vaults.ReadAsync(tenant, db, owners, cancellation));
        foreach (var owner in owners)
            MarkComplete(owner);
    }

    /// <summary>Zeroes every opened key.</summary>
    public void Dispose()
    {
        foreach (var (_, key) in opened)
            key.Dispose();
        opened.Clear();
    }

    private async ValueTask<DataKey> NewestAsync(KeyOwner owner, CancellationToken cancellation)
    {
        if (owner == KeyOwner.Day)
            return await vaults.DayAsync(tenant, null, cancellation);
        if (!await HasAsync(owner, cancellation))
            throw new CannotOpenException();
        return await NamedAsync(owner, NewestOf(owner), cancellation);
    }

    private async ValueTask<DataKey> NamedAsync(KeyOwner owner, int version, CancellationToken cancellation)
    {
        if (owner == KeyOwner.Day)
            return await vaults.DayAsync(tenant, version, cancellation);
        foreach (var (whose, key) in opened)
        {
            if (key.Version == version && whose == owner)
                return key;
        }

        var wrapped = Find(owner, version);
        // Created after the request's query, or not part of it: queried once.
        if (wrapped is null && (asked ??= []).Add(owner.Id))
        {
            await ReadKeysAsync([owner.Id], cancellation);
            wrapped = Find(owner, version);
        }

        var unwrapped = await vaults.UnwrapAsync(tenant, wrapped ?? throw new CannotOpenException(), cancellation);
        opened.Add((owner, unwrapped));
        return unwrapped;
    }

    private async ValueTask<bool> HasAsync(KeyOwner owner, CancellationToken cancellation)
    {
        if (NewestOf(owner) > 0)
            return true;
        if (complete?.Contains(owner.Id) == true)
            return false;
        await ReadKeysAsync([owner.Id], cancellation);
        return NewestOf(owner) > 0;
    }

    // 0 for none.
    private int NewestOf(KeyOwner owner)
    {
        var newest = 0;
        for (var i = 0; i < brought.Count; i++)
        {
            if (brought[i].Owner == owner)
                newest = Math.Max(newest, brought[i].Version);
        }

        for (var i = 0; i < read?.Count; i++)
        {
            if (read[i].Owner == owner)
                newest = Math.Max(newest, read[i].Version);
        }

        foreach (var (whose, key) in opened)
        {
            if (whose == owner)
                newest = Math.Max(newest, key.Version);
        }

        return newest;
    }

    private WrappedKey? Find(KeyOwner owner, int version)
    {
        for (var i = 0; i < brought.Count; i++)
        {
            if (brought[i].Version == version && brought[i].Owner == owner)
                return brought[i];
        }

        return read?.Find(key => key.Version == version && key.Owner == owner);
    }

    private CellAddress Address(CellPlace place) =>
        new(place.Column.Table, place.Column.Column, tenant, place.Record, place.Owner.Id);
}

using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Storage;

namespace Hatcheck.Server.Platform.Keys;

/// <summary>A wrapped DEK as it stands in the database.</summary>
internal sealed record WrappedKey(Guid User, int Version, string KekId, byte[] Bytes);

/// <summary>Makes and opens the keys of persons. Opened keys are not cached: unwrapping is one local AES-GCM operation.</summary>
internal sealed class UserKeys(IKeyEncryptionKey kek, TimeProvider time)
{
    /// <summary>A fresh key for a person, and the row to insert. The caller disposes the key.</summary>
    public async Task<(DataKey Key, UserKeyRow Row)> CreateAsync(Guid tenant, Guid user, string purpose, CancellationToken cancellation)
    {
        const int Version = 1;
        using var bytes = SecretBytes.Random(32);
        var wrapped = await kek.WrapAsync(bytes, new WrapContext(tenant, user, purpose, Version), cancellation);
        var row = new UserKeyRow
        {
            TenantId = tenant,
            UserId = user,
            Purpose = purpose,
            Version = Version,
            KekId = kek.Id,
            Wrapped = wrapped,
            CreatedAt = time.Now(),
        };
        return (new DataKey(bytes, Version), row);
    }

    /// <summary>Opens a wrapped key. The caller disposes it.</summary>
    /// <exception cref="CannotOpenException">It was wrapped by another KEK, for another place, or altered.</exception>
    public async Task<DataKey> OpenAsync(Guid tenant, string purpose, WrappedKey wrapped, CancellationToken cancellation)
    {
        if (wrapped.KekId != kek.Id) throw new CannotOpenException();
        using var bytes = await kek.UnwrapAsync(wrapped.Bytes, new WrapContext(tenant, wrapped.User, purpose, wrapped.Version), cancellation);
        return new DataKey(bytes, wrapped.Version);
    }
}

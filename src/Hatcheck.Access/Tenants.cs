using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Http;
using Hatcheck.Platform.Keys;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Verbs;

namespace Hatcheck.Access;

/// <summary>Creates tenants. Only an operator does so, never a request.</summary>
internal sealed class Tenants(Database database, TenantKeys keys, TimeProvider time)
{
    /// <summary>Creates a tenant with an index key and a look-up key.</summary>
    /// <param name="name">1 to 100 printable characters.</param>
    /// <param name="blindOnly">Callers send hashes; Hatcheck never sees an id.</param>
    /// <param name="scheme">0 for existing systems that hash the plain decimal id, else 1.</param>
    /// <param name="importedIndexKey">An existing system's index key; null creates a random one.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperatorException">The name or the scheme is invalid.</exception>
    public async Task<TenantView> AddAsync(
        string name,
        bool blindOnly,
        int scheme,
        SecretBytes? importedIndexKey,
        CancellationToken cancellation
    )
    {
        if (BoundedText.Accept(name, 100) is not { Length: > 0 } accepted || accepted.Contains('\n', StringComparison.Ordinal))
            throw new OperatorException("A tenant's name is 1 to 100 printable characters on one line.");
        if (scheme is not (0 or 1))
            throw new OperatorException("The index scheme is 0 (plain HMAC of the decimal id) or 1 (labelled).");
        var tenant = new Tenant
        {
            TenantId = Guid.CreateVersion7(time.GetUtcNow()),
            Name = accepted,
            BlindOnly = blindOnly,
            IndexScheme = scheme,
            KeyEpoch = 1,
            CreatedAt = time.Now(),
        };
        var index = await keys.CreateAsync(tenant.TenantId, KeyPurpose.Index, 1, scheme, importedIndexKey, cancellation);
        var lookup = await keys.CreateAsync(tenant.TenantId, KeyPurpose.Lookup, 1, 1, null, cancellation);
        return await database.WriteAsync(
            tenant.TenantId,
            async (db, stop) =>
            {
                // The model does not know the keys' foreign key, so insert the tenant first.
                db.Add(tenant);
                await db.SaveChangesAsync(stop);
                db.AddRange(index, lookup);
                return View(tenant);
            },
            cancellation
        );
    }

    private static TenantView View(Tenant tenant) =>
        new(tenant.TenantId, tenant.Name, tenant.BlindOnly, tenant.IndexScheme, tenant.CreatedAt);
}

using Hatcheck.Crypto;
using Hatcheck.Server.Platform;
using Hatcheck.Server.Platform.Http;
using Hatcheck.Server.Platform.Keys;
using Hatcheck.Server.Platform.Storage;

namespace Hatcheck.Server.Access;

/// <summary>A tenant as the operator sees it.</summary>
internal sealed record TenantView(Guid Id, string Name, bool BlindOnly, int IndexScheme, DateTimeOffset CreatedAt);

/// <summary>Makes and lists tenants: an operator's work, never a request's.</summary>
internal sealed class Tenants(Database database, TenantKeys keys, TimeProvider time)
{
    /// <summary>Makes a tenant with an index key and a look-up key.</summary>
    /// <param name="name">1 to 100 printable characters.</param>
    /// <param name="blindOnly">Callers send hashes; Hatcheck never sees an id.</param>
    /// <param name="scheme">0 for systems that hash the plain decimal id already, else 1.</param>
    /// <param name="importedIndexKey">An existing system's index key; null makes a random one.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperatorException">The name or the scheme is not acceptable.</exception>
    public async Task<TenantView> AddAsync(string name, bool blindOnly, int scheme, SecretBytes? importedIndexKey, CancellationToken cancellation)
    {
        if (BoundedText.Accept(name, 100) is not { Length: > 0 } accepted || accepted.Contains('\n', StringComparison.Ordinal))
            throw new OperatorException("A tenant's name is 1 to 100 printable characters on one line.");
        if (scheme is not (0 or 1)) throw new OperatorException("The index scheme is 0 (plain HMAC of the decimal id) or 1 (labelled).");
        var tenant = new Tenant { TenantId = Guid.CreateVersion7(time.GetUtcNow()), Name = accepted, BlindOnly = blindOnly, IndexScheme = scheme, KeyEpoch = 1, CreatedAt = time.Now() };
        var index = await keys.CreateAsync(tenant.TenantId, KeyPurpose.Index, 1, scheme, importedIndexKey, cancellation);
        var lookup = await keys.CreateAsync(tenant.TenantId, KeyPurpose.Lookup, 1, 1, null, cancellation);
        return await database.WriteAsync(
            tenant.TenantId,
            async (db, stop) =>
            {
                // The keys' foreign key is the database's, unknown to the model: the tenant goes first.
                db.Add(tenant);
                await db.SaveChangesAsync(stop);
                db.AddRange(index, lookup);
                return View(tenant);
            },
            cancellation);
    }

    /// <summary>Every tenant, oldest first.</summary>
    public async Task<IReadOnlyList<TenantView>> ListAsync(CancellationToken cancellation) => await database.AcrossTenantsAsync(
        "select tenant_id, name, blind_only, index_scheme, created_at from tenants order by created_at, tenant_id",
        [],
        row => new TenantView(row.Guid(0), row.Text(1), row.Flag(2), row.Number(3), row.Instant(4)),
        cancellation);

    /// <summary>The tenant of an id or of a name that only one tenant has.</summary>
    /// <exception cref="OperatorException">None or several match.</exception>
    public async Task<TenantView> FindAsync(string idOrName, CancellationToken cancellation)
    {
        var all = await ListAsync(cancellation);
        var matches = all.Where(tenant => Guid.TryParse(idOrName, out var id) ? tenant.Id == id : tenant.Name == idOrName).ToList();
        return matches switch
        {
            [var one] => one,
            [] => throw new OperatorException("No tenant has this id or name; `hatcheck tenants list` shows them."),
            _ => throw new OperatorException("Several tenants have this name; give the id from `hatcheck tenants list`."),
        };
    }

    private static TenantView View(Tenant tenant) => new(tenant.TenantId, tenant.Name, tenant.BlindOnly, tenant.IndexScheme, tenant.CreatedAt);
}

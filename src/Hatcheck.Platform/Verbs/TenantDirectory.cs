using Hatcheck.Platform.Storage;

namespace Hatcheck.Platform.Verbs;

/// <summary>A tenant as the operator sees it.</summary>
internal sealed record TenantView(Guid Id, string Name, bool BlindOnly, int IndexScheme, DateTimeOffset CreatedAt);

/// <summary>Lists and finds tenants, for operators, never for a request.</summary>
internal sealed class TenantDirectory(Database database)
{
    private const int MostNames = 20;

    private const string Query =
        "select tenant_id, name, blind_only, index_scheme, created_at from tenants order by created_at, tenant_id";

    /// <summary>Lists every tenant, oldest first.</summary>
    public async Task<IReadOnlyList<TenantView>> ListAsync(CancellationToken cancellation) =>
        await database.AcrossTenantsAsync(
            Query,
            [],
            row => new TenantView(
                row.Guid("tenant_id"),
                row.Text("name"),
                row.Flag("blind_only"),
                row.Number("index_scheme"),
                row.Instant("created_at")
            ),
            cancellation
        );

    /// <summary>Finds a tenant by its id, or by a name that no other tenant has; without either, the only tenant.</summary>
    /// <exception cref="OperatorException">No tenant matches, or several.</exception>
    /// <exception cref="UsageException">No tenant was named, and there are several.</exception>
    public async Task<TenantView> FindAsync(string? idOrName, CancellationToken cancellation)
    {
        var all = await ListAsync(cancellation);
        if (idOrName is null)
            return Only(all);
        var isId = Guid.TryParse(idOrName, out var id);
        return all.Where(tenant => isId ? tenant.Id == id : tenant.Name == idOrName).ToList() switch
        {
            [var one] => one,
            [] => throw new OperatorException(
                "No tenant has this id or name; `hatcheck tenants list` shows them."
                    + Nearest.Question(Nearest.To(idOrName, all.Select(tenant => tenant.Name)))
            ),
            _ => throw new OperatorException("Several tenants have this name; give the id from `hatcheck tenants list`."),
        };
    }

    private static TenantView Only(IReadOnlyList<TenantView> all) =>
        all switch
        {
            [var one] => one,
            [] => throw new OperatorException("There is no tenant yet; `hatcheck tenants add NAME` creates one."),
            _ => throw new UsageException($"Say which tenant, with --tenant: {Names(all)}."),
        };

    private static string Names(IReadOnlyList<TenantView> all) =>
        string.Join(", ", all.Take(MostNames).Select(tenant => tenant.Name)) + (all.Count > MostNames ? ", …" : "");
}

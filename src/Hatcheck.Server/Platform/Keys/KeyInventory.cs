using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Storage;

namespace Hatcheck.Server.Platform.Keys;

/// <summary>How many keys of a table are wrapped by one KEK.</summary>
internal sealed record WrappedCount(string Table, string KekId, long Keys);

/// <summary>A tenant's key without the key.</summary>
internal sealed record TenantKeyView(Guid TenantId, string Purpose, int Version, int Scheme, string State);

/// <summary>What keys there are, over all tenants; never a key. On PostgreSQL this needs the maintenance role.</summary>
internal sealed class KeyInventory(Database database)
{
    public Task<List<WrappedCount>> CountAsync(CancellationToken cancellation) => database.AcrossTenantsAsync(
        "select 'tenant_keys', kek_id, count(*) from tenant_keys group by kek_id union all select 'user_keys', kek_id, count(*) from user_keys group by kek_id "
        + "union all select 'day_keys', kek_id, count(*) from day_keys group by kek_id union all select 'signing_keys', kek_id, count(*) from signing_keys group by kek_id",
        [],
        row => new WrappedCount(row.Text(0), row.Text(1), row.LongNumber(2)),
        cancellation);

    public Task<List<TenantKeyView>> TenantKeysAsync(CancellationToken cancellation) => database.AcrossTenantsAsync(
        $"select tenant_id, purpose, version, scheme, state from tenant_keys where purpose = '{KeyPurpose.Index}' order by tenant_id, version desc",
        [],
        row => new TenantKeyView(row.Guid(0), row.Text(1), row.Number(2), row.Number(3), row.Text(4)),
        cancellation);
}

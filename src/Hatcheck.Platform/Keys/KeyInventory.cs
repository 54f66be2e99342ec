using Hatcheck.Crypto;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;

namespace Hatcheck.Platform.Keys;

/// <summary>The number of keys of a table that are wrapped by one KEK.</summary>
internal sealed record WrappedCount(string Table, string KekId, long Keys);

/// <summary>A tenant's key, without the key material.</summary>
internal sealed record TenantKeyView(Guid TenantId, string Purpose, int Version, int Scheme, string State);

/// <summary>Lists the keys of all tenants, never their material. On PostgreSQL this needs the maintenance role.</summary>
internal sealed class KeyInventory(Database database, TableInventory tables)
{
    /// <summary>Counts the keys of every table with a KEK column and a wrapped column.</summary>
    public Task<List<WrappedCount>> CountAsync(CancellationToken cancellation) =>
        database.AcrossTenantsAsync(
            (all, stop) =>
            {
                // Counts every row, so it may take long.
                all.NoTimeout = true;
                // Names are the capabilities' declarations, never input.
                var counts = tables
                    .Where(HoldsKeys)
                    .Select(table =>
                        $"select '{table.Name}' as name, kek_id, count(*) as rows from {table.Name} group by kek_id"
                    );
                return all.QueryAsync(
                    string.Join(" union all ", counts),
                    [],
                    row => new WrappedCount(row.Text("name"), row.Text("kek_id"), row.LongNumber("rows")),
                    stop
                );
            },
            cancellation
        );

    public Task<List<TenantKeyView>> TenantKeysAsync(CancellationToken cancellation) =>
        database.AcrossTenantsAsync(
            $"select tenant_id, purpose, version, scheme, state from tenant_keys where purpose = '{KeyPurpose.Index}' "
                + "order by tenant_id, version desc",
            [],
            row => new TenantKeyView(
                row.Guid("tenant_id"),
                row.Text("purpose"),
                row.Number("version"),
                row.Number("scheme"),
                row.Text("state")
            ),
            cancellation
        );

    private static bool HoldsKeys(Table table) =>
        table.Columns.Any(column => column.Kind == ColumnKind.Wrapped) && table.Columns.Any(column => column.Name == Column.Kek);
}

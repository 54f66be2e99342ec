using System.Data.Common;
using Hatcheck.Crypto;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;

namespace Hatcheck.Server.Platform.Keys;

/// <summary>How many keys of a table are wrapped by one KEK.</summary>
internal sealed record WrappedCount(string Table, string KekId, long Keys);

/// <summary>A tenant's key without the key.</summary>
internal sealed record TenantKeyView(Guid TenantId, string Purpose, int Version, int Scheme, string State);

/// <summary>What keys there are, over all tenants; never a key. On PostgreSQL this needs the maintenance role.</summary>
internal sealed class KeyInventory(IEngine engine, TableInventory tables)
{
    /// <summary>Every table of many keys: each that says under which KEK its rows are wrapped.</summary>
    public Task<List<WrappedCount>> CountAsync(CancellationToken cancellation) => QueryAsync(
        string.Join(" union all ", tables.Where(HoldsKeys).Select(table => $"select '{table.Name}', kek_id, count(*) from {table.Name} group by kek_id")),
        reader => new WrappedCount(reader.GetString(0), reader.GetString(1), reader.GetInt64(2)),
        cancellation);

    public Task<List<TenantKeyView>> TenantKeysAsync(CancellationToken cancellation) => QueryAsync(
        $"select tenant_id, purpose, version, scheme, state from tenant_keys where purpose = '{KeyPurpose.Index}' order by tenant_id, version desc",
        reader => new TenantKeyView(reader.GetGuid(0), reader.GetString(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetString(4)),
        cancellation);

    private static bool HoldsKeys(Table table) =>
        table.Columns.Any(column => column.Kind == ColumnKind.Wrapped) && table.Columns.Any(column => column.Name == Column.Kek);

    private async Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> read, CancellationToken cancellation)
    {
        await using var connection = await engine.OpenAcrossTenantsAsync(cancellation);
        await using var command = connection.CreateCommand();
        // The statements are literals of this class and names that capabilities declare.
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
        return rows;
    }
}

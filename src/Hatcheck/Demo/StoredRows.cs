using System.Globalization;
using System.Text.Json.Serialization;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;

namespace Hatcheck.Demo;

/// <summary>A table as stored: what a thief of the file would see.</summary>
internal sealed record StoredTable(
    string Name,
    string Note,
    IReadOnlyList<string> Columns,
    IReadOnlyList<IReadOnlyList<string?>> Rows,
    long Total
);

/// <summary>Every table of the demo's database.</summary>
internal sealed record StoredDatabase(string Engine, IReadOnlyList<StoredTable> Tables);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredDatabase))]
internal sealed partial class StoredRowsJson : JsonSerializerContext;

/// <summary>Reads the demo's raw tables for the chat page. Only <c>demo</c> maps it.</summary>
internal sealed class StoredRows(Database database, TableInventory inventory)
{
    private const int MostRows = 50;

    public Task<StoredDatabase> ReadAsync(CancellationToken cancellation) =>
        database.AcrossTenantsAsync(
            async (all, stop) =>
            {
                var tables = new List<StoredTable>();
                foreach (var table in inventory)
                    tables.Add(await ReadAsync(all, table, stop));
                return new StoredDatabase(database.Engine, tables);
            },
            cancellation
        );

    private static async Task<StoredTable> ReadAsync(Statements all, Table table, CancellationToken cancellation)
    {
        // Names are declared in this build, never input. The rows' tenant does not matter: the demo has one.
        var total = await all.QueryAsync(
            $"select count(*) as total from {table.Name}",
            [],
            row => row.LongNumber("total"),
            cancellation
        );
        var columns = table.Columns.Select(column => column.Name).Where(name => name != Column.Tenant.Name).ToList();
        var rows = await all.QueryAsync(
            $"select {string.Join(", ", columns)} from {table.Name} order by {table.NewestBy} desc limit {MostRows}",
            [],
            row => (IReadOnlyList<string?>)[.. columns.Select(column => Show(row.Value(column)))],
            cancellation
        );
        return new StoredTable(table.Name, table.Description, columns, rows, total[0]);
    }

    private static string? Show(object value) =>
        value switch
        {
            DBNull => null,
            byte[] bytes => Convert.ToHexStringLower(bytes),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
}

internal static class StoredRowsEndpoint
{
    public static void MapStoredRows(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet(
                "/demo/database",
                async (StoredRows rows, CancellationToken cancellation) =>
                    TypedResults.Json(await rows.ReadAsync(cancellation), StoredRowsJson.Default.StoredDatabase)
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
}

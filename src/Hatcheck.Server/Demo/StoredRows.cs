using System.Data.Common;
using System.Globalization;
using System.Text.Json.Serialization;
using Hatcheck.Server.Platform.Storage;
using Hatcheck.Server.Platform.Tables;

namespace Hatcheck.Server.Demo;

/// <summary>A table as it stands in the database: what a thief of the file would see.</summary>
internal sealed record StoredTable(string Name, string Note, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string?>> Rows, long Total);

/// <summary>Every table of the demo's database.</summary>
internal sealed record StoredDatabase(string Engine, IReadOnlyList<StoredTable> Tables);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredDatabase))]
internal sealed partial class StoredRowsJson : JsonSerializerContext;

/// <summary>Reads the demo's tables raw, for the chat page to show beside the chat. Only <c>demo</c> maps it.</summary>
internal sealed class StoredRows(IEngine engine, TableInventory inventory)
{
    private const int MostRows = 50;

    public async Task<StoredDatabase> ReadAsync(CancellationToken cancellation)
    {
        await using var connection = await engine.OpenAcrossTenantsAsync(cancellation);
        var tables = new List<StoredTable>();
        foreach (var table in inventory) tables.Add(await ReadAsync(connection, table, cancellation));
        return new StoredDatabase(engine.Name, tables);
    }

    private static async Task<StoredTable> ReadAsync(DbConnection connection, Table table, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        // Names are declarations of this build, never input.
        command.CommandText = $"select count(*) from {table.Name}";
        var total = Convert.ToInt64(await command.ExecuteScalarAsync(cancellation), CultureInfo.InvariantCulture);
        command.CommandText = $"select * from {table.Name} order by {table.NewestBy} desc limit {MostRows}";
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        // Whose row it is says nothing here: the demo has one tenant.
        var columns = Enumerable.Range(0, reader.FieldCount).Where(i => reader.GetName(i) != "tenant_id").ToList();
        var rows = new List<IReadOnlyList<string?>>();
        while (await reader.ReadAsync(cancellation)) rows.Add([.. columns.Select(i => Show(reader, i))]);
        return new StoredTable(table.Name, table.Says, [.. columns.Select(reader.GetName)], rows, total);
    }

    private static string? Show(DbDataReader reader, int column) => reader.GetValue(column) switch
    {
        DBNull => null,
        byte[] bytes => Convert.ToHexStringLower(bytes),
        var value => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}

internal static class StoredRowsEndpoint
{
    public static void MapStoredRows(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/demo/database", async (StoredRows rows, CancellationToken cancellation) =>
            TypedResults.Json(await rows.ReadAsync(cancellation), StoredRowsJson.Default.StoredDatabase)).AllowAnonymous().ExcludeFromDescription();
}

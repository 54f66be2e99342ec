using System.Data.Common;
using System.Globalization;
using System.Text.Json.Serialization;
using Hatcheck.Server.Platform.Storage;

namespace Hatcheck.Server.Demo;

/// <summary>A table as it stands in the database: what a thief of the file would see.</summary>
internal sealed record StoredTable(string Name, string Note, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string?>> Rows, long Total);

/// <summary>Every table of the demo's database.</summary>
internal sealed record StoredDatabase(string Engine, IReadOnlyList<StoredTable> Tables);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StoredDatabase))]
internal sealed partial class StoredRowsJson : JsonSerializerContext;

/// <summary>Reads the demo's tables raw, for the chat page to show beside the chat. Only <c>demo</c> maps it.</summary>
internal sealed class StoredRows(IEngine engine)
{
    private const int MostRows = 50;

    private static readonly (string Table, string Order, string Note)[] Tables =
    [
        ("identities", "linked_at", "A messenger id as its keyed hash (index_value), and the id itself sealed (sealed_id)."),
        ("usage_log", "at", "What a person did, sealed; only the time is in the clear."),
        ("preferences", "updated_at", "What a person has set, all of it in one sealed cell; in the clear are its version and when it changed."),
        ("preference_history", "at", "Each change of it, sealed, so that it can be undone."),
        ("users", "created_at", "A person is a random id. After an erasure the id stays, with nothing behind it."),
        ("user_keys", "created_at", "Each person's own key, wrapped by the key file's key. Deleting it shreds all that is sealed under it."),
        ("idempotency_keys", "created_at", "That a request was done, by keyed hashes."),
        ("link_codes", "expires_at", "One-time codes for merging two users, as keyed hashes."),
        ("audit_pending", "at", "Security-relevant acts; details sealed."),
        ("tenant_keys", "created_at", "The tenant's keys for hashing, wrapped."),
        ("api_keys", "created_at", "Keys of bots, as hashes."),
    ];

    public async Task<StoredDatabase> ReadAsync(CancellationToken cancellation)
    {
        await using var connection = await engine.OpenAcrossTenantsAsync(cancellation);
        var tables = new List<StoredTable>();
        foreach (var (table, order, note) in Tables) tables.Add(await ReadAsync(connection, table, order, note, cancellation));
        return new StoredDatabase(engine.Name, tables);
    }

    private static async Task<StoredTable> ReadAsync(DbConnection connection, string table, string order, string note, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        // Names are the constants above, never input.
        command.CommandText = $"select count(*) from {table}";
        var total = Convert.ToInt64(await command.ExecuteScalarAsync(cancellation), CultureInfo.InvariantCulture);
        command.CommandText = $"select * from {table} order by {order} desc limit {MostRows}";
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        // Whose row it is says nothing here: the demo has one tenant.
        var columns = Enumerable.Range(0, reader.FieldCount).Where(i => reader.GetName(i) != "tenant_id").ToList();
        var rows = new List<IReadOnlyList<string?>>();
        while (await reader.ReadAsync(cancellation)) rows.Add([.. columns.Select(i => Show(reader, i))]);
        return new StoredTable(table, note, [.. columns.Select(reader.GetName)], rows, total);
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

using System.Globalization;
using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Hatcheck.ServerKit.Http;

/// <summary>Reads the tables directly, for every tenant.</summary>
internal static class StoredRows
{
    /// <summary>The tables of tenants, except the rate-limit permits, which a refused request takes too.</summary>
    public static readonly IReadOnlyList<string> Tables =
    [
        .. Composition
            .Tables.Where(table => table.Policy == TablePolicy.Tenant && table.Name != "rate_permits")
            .Select(table => table.Name),
    ];

    /// <summary>The number of rows of every table, so that a refused request can be shown to have stored nothing.</summary>
    public static async Task<Dictionary<string, long>> CountAsync(this TestedDatabase database)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in Tables)
            counts[table] = await database.ScalarAsync($"select count(*) from {table}{Own(table)}");
        return counts;

        // Refused requests add further keys too.
        string Own(string table) => table == "user_keys" && database.HasMoreKeys ? " where version = 1" : "";
    }

    /// <summary>Rows of <paramref name="table"/> that hold this user.</summary>
    public static Task<long> CountOfAsync(this TestedDatabase database, string table, Guid user) =>
        database.ScalarAsync($"select count(*) from {table} where lower(cast(user_id as text)) = '{user:D}'");

    public static async Task<long> ScalarAsync(this TestedDatabase database, string sql)
    {
        await using var connection = await database
            .Node.Services.GetRequiredService<IEngine>()
            .OpenAcrossTenantsAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}

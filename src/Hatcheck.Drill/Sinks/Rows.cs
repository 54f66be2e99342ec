using System.Data.Common;
using System.Globalization;
using System.Text;
using Hatcheck.Drill.Search;

namespace Hatcheck.Drill.Sinks;

/// <summary>A table to read: its name in SQL, its name in the report, and the columns to select.</summary>
internal sealed record DrilledTable(string Sql, string Name, string Columns = "*");

/// <summary>Searches every value of every row.</summary>
internal static class Rows
{
    /// <summary>Returns the empty tables: nothing could be found in them.</summary>
    public static async Task<List<string>> SearchAsync(
        DbConnection connection,
        IEnumerable<DrilledTable> tables,
        Searcher searcher,
        CancellationToken cancellation
    )
    {
        var empty = new List<string>();
        foreach (var table in tables)
        {
            await using var command = connection.CreateCommand();
            // Names come from the database's own catalogue, quoted by it.
            command.CommandText = $"select {table.Columns} from {table.Sql}";
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var spots = Enumerable
                .Range(0, reader.FieldCount)
                .Select(column => new Spot(SinkNames.Rows, $"{table.Name}.{reader.GetName(column)}"))
                .ToArray();
            // System tables may be empty.
            if (!reader.HasRows && table.Columns == "*")
                empty.Add(table.Name);
            while (await reader.ReadAsync(cancellation))
            {
                // By position, not by name: searches every column.
                for (var column = 0; column < spots.Length; column++)
                {
                    if (Bytes(reader.GetValue(column)) is { Length: > 0 } bytes)
                        searcher.Search(spots[column], bytes);
                }
            }
        }

        return empty;
    }

    private static byte[] Bytes(object value) =>
        value switch
        {
            DBNull => [],
            byte[] bytes => bytes,
            string text => Encoding.UTF8.GetBytes(text),
            Array list => Encoding.UTF8.GetBytes(
                string.Join('\n', list.Cast<object?>().Select(one => Convert.ToString(one, CultureInfo.InvariantCulture)))
            ),
            _ => Encoding.UTF8.GetBytes(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""),
        };
}

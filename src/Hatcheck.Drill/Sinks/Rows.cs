using System.Data.Common;
using System.Globalization;
using System.Text;
using Hatcheck.Drill.Search;

namespace Hatcheck.Drill.Sinks;

/// <summary>A table to read: how statements name it, how the report does, and what to select of it.</summary>
internal sealed record DrilledTable(string Sql, string Name, string Columns = "*");

/// <summary>Searches every value of every row.</summary>
internal static class Rows
{
    /// <summary>Gives the tables in which there was no row: nothing could be found in them.</summary>
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
            // The system's own tables may well be empty.
            if (!reader.HasRows && table.Columns == "*")
                empty.Add(table.Name);
            while (await reader.ReadAsync(cancellation))
            {
                // By place, not by name: every column is searched, whatever it is called.
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

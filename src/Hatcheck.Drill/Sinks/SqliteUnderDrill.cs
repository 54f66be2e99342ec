using System.Data;
using System.Data.Common;
using Hatcheck.Drill.Installation;
using Hatcheck.Drill.Search;
using Microsoft.Data.Sqlite;

namespace Hatcheck.Drill.Sinks;

/// <summary>The SQLite file in the drill's data folder, and the files beside it.</summary>
internal sealed class SqliteUnderDrill(Workspace space) : IDrilledDatabase
{
    private const string File = "hatcheck.db";

    public string Name => "SQLite";

    public IReadOnlyDictionary<string, string> Settings { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["Database:Provider"] = "sqlite" };

    /// <summary>True if a file of the data folder is the database's.</summary>
    public static bool Owns(string name) => name.StartsWith(File, StringComparison.Ordinal);

    public void AddTo(CanaryBook book, Guid tenant) =>
        book.AddControl(tenant.ToString(), SinkNames.Rows, SinkNames.Files, SinkNames.WriteAhead);

    public async Task<DbConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = Path.Combine(space.Data, File),
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ConnectionString
        );
        await connection.OpenAsync(cancellation);
        return connection;
    }

    public async Task<List<string>> SearchAsync(Searcher searcher, SearchResults results, CancellationToken cancellation)
    {
        // Files first: a closing connection may merge the log into the database.
        await Files.SearchAsync(SinkNames.Files, space.Data, name => name == File, searcher, cancellation);
        await Files.SearchAsync(SinkNames.WriteAhead, space.Data, name => name != File && Owns(name), searcher, cancellation);
        await using var connection = await OpenAsync(cancellation);
        var tables = new List<DrilledTable>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = """
                select name, '"' || replace(name, '"', '""') || '"' as quoted_name from sqlite_master where type = 'table'
                union all select 'sqlite_master', 'sqlite_master'
                """;
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation))
            {
                tables.Add(new DrilledTable(reader.GetString("quoted_name"), reader.GetString("name")));
            }
        }

        return await Rows.SearchAsync(connection, tables, searcher, cancellation);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

using System.Data;
using System.Data.Common;
using Hatcheck.Drill.Installation;
using Hatcheck.Drill.Search;
using Npgsql;

namespace Hatcheck.Drill.Sinks;

/// <summary>
/// The scratch database on an existing PostgreSQL: its rows, its files and write-ahead log if they can be reached, and the
/// server's own log.
/// </summary>
internal sealed class PostgresUnderDrill : IDrilledDatabase
{
    private readonly ScratchPostgres scratch;
    private readonly PostgresFiles files;
    private readonly string marker = $"hatcheck-drill-{CanaryBook.Word(16)}";
    private readonly string? log;
    private readonly long logBegin;

    private PostgresUnderDrill(ScratchPostgres scratch, PostgresFiles files, string name, string? log)
    {
        (this.scratch, this.files, this.log) = (scratch, files, log);
        Name = name;
        logBegin = log is null ? 0 : new FileInfo(log).Length;
    }

    public string Name { get; }

    public IReadOnlyDictionary<string, string> Settings => scratch.Settings;

    public static async Task<PostgresUnderDrill> CreateAsync(
        string connectionString,
        string? log,
        Workspace space,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var made = await ScratchPostgres.CreateAsync(connectionString, cancellation);
        try
        {
            await using var connection = new NpgsqlConnection(made.Administrator);
            await connection.OpenAsync(cancellation);
            var found = await PostgresFiles.FindAsync(connection, space, time.GetUtcNow(), cancellation);
            return new PostgresUnderDrill(made, found, $"PostgreSQL {connection.PostgreSqlVersion}", log ?? found.LogFile);
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    public void AddTo(CanaryBook book, Guid tenant)
    {
        book.AddControl(tenant.ToString(), SinkNames.Rows, SinkNames.Files);
        book.AddControl(marker, SinkNames.WriteAhead, SinkNames.DatabaseLog);
        foreach (var password in scratch.Passwords)
            book.Add(Canary.Of("password of a database role", password, owner: null));
    }

    public async Task<DbConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(scratch.IsSuperuser ? scratch.Administrator : scratch.Maintenance)
            {
                Pooling = false,
                SearchPath = "public,keys",
            }.ConnectionString
        );
        await connection.OpenAsync(cancellation);
        return connection;
    }

    public async Task<List<string>> SearchAsync(Searcher searcher, SearchResults results, CancellationToken cancellation)
    {
        await using var administrator = new NpgsqlConnection(scratch.Administrator);
        await administrator.OpenAsync(cancellation);
        // Writes a committed message to the write-ahead log, which also flushes everything before it.
        await PostgresFiles.ExecuteAsync(
            administrator,
            $"set synchronous_commit = on; select pg_logical_emit_message(true, 'hatcheck drill', '{marker}'); do $$ begin "
                + $"raise log '{marker}'; end $$",
            cancellation
        );
        await files.SearchAsync(administrator, searcher, results, cancellation);
        if (log is not null)
            await Files.SearchOneAsync(
                new Spot(SinkNames.DatabaseLog, Path.GetFileName(log)),
                log,
                logBegin,
                searcher,
                cancellation
            );
        else
            results.Of(SinkNames.DatabaseLog).Unseen =
                "the server writes it where it can't name it; give the file with --postgres-log";
        await using var connection = await OpenAsync(cancellation);
        return await Rows.SearchAsync(
            connection,
            await TablesAsync((NpgsqlConnection)connection, cancellation),
            searcher,
            cancellation
        );
    }

    public ValueTask DisposeAsync() => scratch.DisposeAsync();

    // Includes the system tables that hold users' data: samples of columns, and large objects.
    private static async Task<List<DrilledTable>> TablesAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        const string Query = """
            select format('%I.%I', n.nspname, c.relname) as quoted_name, n.nspname, c.relname
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'm')
                and (n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\_%'
                or (n.nspname = 'pg_catalog' and c.relname in ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject')
                    and has_table_privilege(c.oid, 'select')))
            order by quoted_name
            """;
        await using var command = new NpgsqlCommand(Query, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var tables = new List<DrilledTable>();
        while (await reader.ReadAsync(cancellation))
        {
            var (sql, schema, name) = (reader.GetString("quoted_name"), reader.GetString("nspname"), reader.GetString("relname"));
            tables.Add(
                schema is "pg_catalog"
                    ? new DrilledTable($"{sql} t", $"{schema}.{name}", "t::text as row")
                    : new DrilledTable(sql, name)
            );
        }

        return tables;
    }
}

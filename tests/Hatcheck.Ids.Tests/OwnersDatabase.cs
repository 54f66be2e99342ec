using System.Text;
using System.Text.Json;
using Hatcheck.Crypto;
using Hatcheck.ServerKit.Cli;
using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.Ids.Tests;

/// <summary>
/// The database of an owner who moves to Hatcheck, on a real PostgreSQL, with <c>hatcheck ids</c> run as the tables' owner.
/// </summary>
public abstract class OwnersDatabase : IAsyncLifetime
{
    /// <summary>
    /// All that a dump shows of a table's shape, including rights; then every row with its place and version.
    /// </summary>
    private const string Shape = """
        select line from (
          select 'schema ' || nspname as line from pg_namespace where nspname not like 'pg\_%' and nspname <> 'information_schema'
          union all select format('table %s %s', c.oid::regclass, c.relacl::text) from pg_class c
            where c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
              and c.relkind in ('r', 'v', 'S')
          union all select format('column %s %s %s %s null=%s %s %s %s', a.attrelid::regclass, a.attnum, a.attname,
              format_type(a.atttypid, a.atttypmod), not a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attacl::text,
              col_description(a.attrelid, a.attnum::int))
            from pg_attribute a join pg_class c on c.oid = a.attrelid
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
              and c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped
          union all select format('index %s valid=%s', pg_get_indexdef(i.indexrelid), i.indisvalid)
            from pg_index i join pg_class c on c.oid = i.indrelid
            where c.relnamespace not in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
          union all select format('constraint %s %s %s valid=%s', conrelid::regclass, conname, pg_get_constraintdef(oid),
              convalidated)
            from pg_constraint where conrelid <> 0
              and connamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
          union all select format('function %s', p.oid::regprocedure) from pg_proc p
            where p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        ) s order by line collate "C"
        """;

    protected const string Secret = "canary key 4f1c, as the old program had it";
    private readonly string folder = Directory.CreateTempSubdirectory("hatcheck-ids-").FullName;

    protected PostgresDatabase Database { get; private set; } = null!;

    protected string KeyFile => Path.Combine(folder, "hmac.key");

    protected string File(string name) => Path.Combine(folder, name);

    public virtual async ValueTask InitializeAsync()
    {
        Database = await (await ServerAsync()).CreateDatabaseAsync();
        PrivateText(KeyFile, Secret);
        PrivateText(File("database"), Database.Owner);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected virtual Task<PostgresServer> ServerAsync() => PostgresServer.SharedAsync();

    /// <summary>The hash that the old program computed: HMAC of the decimal id.</summary>
    protected static string Hash(long id) =>
        Convert.ToHexStringLower(Mac.HmacSha256(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes($"{id}")));

    /// <summary>Runs SQL as the tables' owner.</summary>
    protected async Task SqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Database.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    protected async Task<List<string>> RowsAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Database.SuperUser);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(
                string.Join(
                    '|',
                    Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "NULL" : $"{reader.GetValue(i)}")
                )
            );
        }

        return rows;
    }

    protected async Task<long> CountAsync(string sql) => (long)(await Database.ScalarAsync(sql))!;

    /// <summary>Shape and content of the whole database; with the rows' places, so that a rewritten row is noticed too.</summary>
    protected async Task<string> SnapshotAsync(bool places = true)
    {
        var lines = await RowsAsync(Shape);
        var tables = await RowsAsync(
            "select format('%I.%I', schemaname, tablename) from pg_tables "
                + "where schemaname not in ('pg_catalog', 'information_schema') order by 1"
        );
        foreach (var table in tables)
            lines.AddRange(
                await RowsAsync(
                    $"select {(places ? "ctid::text, xmin::text, " : "")}t::text from {table} t order by t::text collate \"C\""
                )
            );
        return string.Join('\n', lines);
    }

    /// <summary>Runs a verb with database, table, column and key, like an owner.</summary>
    protected Task<CommandResult> IdsAsync(string verb, string table, string column, params string[] further) =>
        CommandLine.RunAsync([
            "ids",
            verb,
            "--database-file",
            File("database"),
            "--table",
            table,
            "--column",
            column,
            .. WithKey(verb, further),
            .. further,
        ]);

    protected Task<CommandResult> MigrateAsync(string table, string column, params string[] further) =>
        IdsAsync("migrate", table, column, ["--yes", .. further]);

    /// <summary>The last line of <c>--json</c>.</summary>
    protected static JsonElement Result(CommandResult answer) =>
        JsonDocument.Parse(answer.Output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("result");

    protected static void PrivateText(string path, string text)
    {
        System.IO.File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private IEnumerable<string> WithKey(string verb, string[] further) =>
        verb is "status" or "rollback" || further.Any(one => one is "--key-file" or "--key-env" or "--tenant" or "--register")
            ? []
            : ["--key-file", KeyFile];
}

using System.Security.Cryptography;
using System.Text;
using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.EndToEnd.Tests.Ids;

/// <summary>
/// A database without any trace of Hatcheck: one role owns all of it, like a Django project's, with no more rights than a
/// bot's owner has.
/// </summary>
internal sealed class OwnersDatabase : IAsyncDisposable
{
    private const string Password = "canary-of-the-owner";
    private readonly PostgresDatabase database;
    private readonly NpgsqlConnectionStringBuilder owner;

    private OwnersDatabase(PostgresDatabase database)
    {
        this.database = database;
        owner = new NpgsqlConnectionStringBuilder(database.SuperUser)
        {
            Username = $"{database.Name}_alice",
            Password = Password,
        };
    }

    /// <summary>The connection string of the owner's own programs.</summary>
    public string ConnectionString => owner.ConnectionString;

    /// <summary>The connection string for the command line, without the password, which is in PGPASSWORD.</summary>
    public string WithoutPassword =>
        new NpgsqlConnectionStringBuilder
        {
            Host = owner.Host,
            Port = owner.Port,
            Database = owner.Database,
            Username = owner.Username,
        }.ConnectionString;

    public string SuperUser => database.SuperUser;

    /// <summary>libpq's variables: Django, psql and the password of `hatcheck ids` read these.</summary>
    public Dictionary<string, string> Environment =>
        new(StringComparer.Ordinal)
        {
            ["PGHOST"] = owner.Host!,
            ["PGPORT"] = owner.Port.ToString(),
            ["PGDATABASE"] = owner.Database!,
            ["PGUSER"] = owner.Username!,
            ["PGPASSWORD"] = Password,
        };

    public static async Task<OwnersDatabase> CreateAsync(PostgresServer? server = null)
    {
        var made = new OwnersDatabase(await (server ?? await PostgresServer.SharedAsync()).CreateDatabaseAsync());
        // `manage.py test` needs CREATEDB, which a developer's role usually has.
        await made.AsSuperUserAsync(
            $"""
            create role "{made.owner.Username}" login createdb password '{Password}';
            alter database "{made.owner.Database}" owner to "{made.owner.Username}";
            alter schema public owner to "{made.owner.Username}"
            """
        );
        return made;
    }

    public async Task AsSuperUserAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(SuperUser);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of every row, as text.</summary>
    public async Task<List<string>> ColumnAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(reader.IsDBNull(0) ? "NULL" : Convert.ToString(reader.GetValue(0))!);
        return rows;
    }

    public async Task<string> ScalarAsync(string sql) => (await ColumnAsync(sql)).Single();

    /// <summary>
    /// The whole database as text: schemas, tables, columns, constraints, indexes, triggers, functions, and every row.
    /// </summary>
    public async Task<string> SnapshotAsync()
    {
        var text = new StringBuilder();
        foreach (var line in await ColumnAsync(Catalogue))
            text.AppendLine(line);
        foreach (
            var table in await ColumnAsync(
                "select format('%I.%I', schemaname, tablename) from pg_tables "
                    + "where schemaname !~ '^(pg_|information_schema)' order by 1"
            )
        )
        {
            text.AppendLine(table);
            foreach (var row in await ColumnAsync($"select to_jsonb(t)::text from {table} t order by 1"))
                text.AppendLine(row);
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await using (var connection = new NpgsqlConnection(ConnectionString))
            NpgsqlConnection.ClearPool(connection);
        await database.DisposeAsync();
        try
        {
            var administration = new NpgsqlConnectionStringBuilder(SuperUser) { Database = "postgres", Pooling = false };
            await using var connection = new NpgsqlConnection(administration.ConnectionString);
            await connection.OpenAsync();
            await using var drop = new NpgsqlCommand($"drop role if exists \"{owner.Username}\"", connection);
            await drop.ExecuteNonQueryAsync();
        }
        catch (NpgsqlException)
        {
            // A test that stopped its server has nothing left to drop.
        }
    }

    /// <summary>Runs `hatcheck ids` as this owner.</summary>
    public IdsProcess Ids(string verb, string table, string column, params string[] arguments) =>
        IdsProcess.Start(this, [verb, "--database", WithoutPassword, "--table", table, "--column", column, .. arguments]);

    /// <summary>The expected replacement of an id under scheme 0, computed independently of the tool.</summary>
    public static string HashOf(string id, string key = IdsProcess.Key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes(id)));

    private const string Catalogue = """
        with shown as (select oid, nspname from pg_namespace where nspname !~ '^(pg_|information_schema)')
        select 'schema ' || nspname from shown
        union all
        select format('column %s.%s.%s %s %s %s', nspname, relname, attname, format_type(atttypid, atttypmod),
            case when attnotnull then 'not null' end, pg_get_expr(adbin, adrelid))
        from pg_class c join shown n on n.oid = relnamespace
        join pg_attribute a on attrelid = c.oid and attnum > 0 and not attisdropped
        left join pg_attrdef d on adrelid = c.oid and adnum = attnum where relkind in ('r', 'p', 'v', 'm')
        union all
        select format('constraint %s.%s %s %s validated=%s deferrable=%s,%s', nspname, conrelid::regclass, conname,
            pg_get_constraintdef(c.oid),
            convalidated, condeferrable, condeferred) from pg_constraint c join shown n on n.oid = connamespace
        union all
        select format('index %s valid=%s ready=%s', pg_get_indexdef(indexrelid), indisvalid, indisready)
        from pg_index join pg_class c on c.oid = indexrelid join shown n on n.oid = relnamespace
        union all
        select format('trigger %s %s %s', nspname, pg_get_triggerdef(t.oid), tgenabled)
        from pg_trigger t join pg_class c on c.oid = tgrelid join shown n on n.oid = relnamespace where not tgisinternal
        union all
        select format('function %s.%s', nspname, proname) from pg_proc join shown n on n.oid = pronamespace
        order by 1
        """;
}

using System.Globalization;
using System.Text.Json.Nodes;
using Hatcheck.ServerKit.Cli;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.Tests.Upgrade;

/// <summary>A database of release 0.1, under today's build.</summary>
public interface IOldInstallation
{
    TestedDatabase Database { get; }

    /// <summary>See <see cref="Archive.Known"/>.</summary>
    JsonObject Known { get; }

    /// <summary>Each table's rows before today's build changed them.</summary>
    IReadOnlyDictionary<string, long> Rows { get; }
}

public sealed class OldSqlite : OnSqlite, IOldInstallation
{
    private readonly Archive archive = new("sqlite");

    TestedDatabase IOldInstallation.Database => this;

    public JsonObject Known => archive.Known;

    public IReadOnlyDictionary<string, long> Rows { get; private set; } = null!;

    protected override async Task FillAsync()
    {
        archive.Unpack(Folder);
        Rows = await Ageing.RowsAsync(this, "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'");
        await Ageing.MoveAsync(this, Known);
    }
}

public sealed class OldPostgres : OnPostgres, IOldInstallation
{
    private readonly Archive archive = new("postgres");

    TestedDatabase IOldInstallation.Database => this;

    public JsonObject Known => archive.Known;

    public IReadOnlyDictionary<string, long> Rows { get; private set; } = null!;

    /// <summary>The answer of <c>serve</c> to the schema of 0.1.</summary>
    public CommandResult Served { get; private set; } = null!;

    /// <summary>The output of <c>migrate</c>, which ran after it.</summary>
    public CommandResult Migrated { get; private set; } = null!;

    protected override Task<PostgresDatabase> CreateAsync(PostgresServer server) => server.CreateDatabaseAsync();

    protected override async Task FillAsync()
    {
        archive.Unpack(Folder);
        var unpooled = new NpgsqlConnectionStringBuilder(base.Database.Owner) { Pooling = false };
        await using (var owner = new NpgsqlConnection(unpooled.ConnectionString))
        {
            await owner.OpenAsync();
            await owner.ExecuteAsync(archive.Text("dump.sql"));
        }

        Rows = await Ageing.RowsAsync(this, "select tablename from pg_tables where schemaname in ('public', 'keys')");
        await Ageing.MoveAsync(this, Known);
        string[] settings = [.. Settings.SelectMany(setting => (string[])["--set", $"{setting.Key}={setting.Value}"])];
        // A serve that accepted the old schema would never end.
        Served = await CommandLine.RunAsync(["serve", .. settings]).WaitAsync(TimeSpan.FromMinutes(2));
        Migrated = await CommandLine.RunAsync(["migrate", .. settings]);
        await SpreadAsync();
    }
}

/// <summary>Moves an old installation's times to yesterday where age alone would expire the tests' data.</summary>
internal static class Ageing
{
    private static readonly Dictionary<string, string[]> instants = new(StringComparer.Ordinal)
    {
        ["users"] = ["deleted_at"],
        ["sessions"] = ["created_at", "used_at", "expires_at", "ends_at"],
        ["idempotency_keys"] = ["created_at"],
        ["preference_history"] = ["at"],
        ["signing_keys"] = ["created_at", "signs_from"],
    };

    public static async Task MoveAsync(TestedDatabase database, JsonObject known)
    {
        var age = DateTimeOffset.UtcNow - DateTimeOffset.Parse((string)known["made_at"]!, CultureInfo.InvariantCulture);
        var by = database.Name == "sqlite" ? $"{(long)age.TotalMicroseconds}" : $"interval '{(long)age.TotalSeconds} seconds'";
        foreach (var (table, columns) in instants)
        {
            var moved = columns.Select(column => $"{column} = {column} + {by}");
            await database.ExecuteAsync($"update {table} set {string.Join(", ", moved)}");
        }
    }

    public static async Task<IReadOnlyDictionary<string, long>> RowsAsync(TestedDatabase database, string tables)
    {
        await using var connection = await database.OpenAsync();
        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in await connection.RowsAsync(tables))
        {
            var count = await connection.ScalarAsync($"select count(*) from {table}");
            rows.Add(table, Convert.ToInt64(count, CultureInfo.InvariantCulture));
        }

        return rows;
    }
}

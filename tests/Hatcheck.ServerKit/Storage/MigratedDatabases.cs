using Hatcheck.Platform.Storage;
using Hatcheck.Platform.Tables;
using Hatcheck.TestKit;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Hatcheck.ServerKit.Storage;

/// <summary>
/// Databases with this build's tables. The migration scripts run once in a test process, and each test class gets a copy.
/// Whoever tests the scripts begins with an empty database.
/// </summary>
internal static class MigratedDatabases
{
    private static readonly Lazy<Task<byte[]>> sqlite = new(MakeSqliteAsync);

    /// <summary>What is spread by tenant. The tenants themselves stay whole: the others refer to them.</summary>
    public static IEnumerable<Table> Spread =>
        Composition.Tables.Where(table => table.Policy == TablePolicy.Tenant && table.Name != "tenants");

    /// <summary>Puts a SQLite database where a node looks for it.</summary>
    public static async Task PutAsync(string folder)
    {
        var file = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var stream = new FileStream(Path.Combine(folder, SqliteEngine.FileName), file);
        await stream.WriteAsync(await sqlite.Value);
    }

    /// <summary>A database on a PostgreSQL server.</summary>
    /// <param name="server">Which.</param>
    /// <param name="partitions">How many partitions each tenant table has; 0 for whole tables.</param>
    public static Task<PostgresDatabase> OnAsync(PostgresServer server, int partitions) =>
        server.CopyDatabaseAsync($"migrated, {partitions} partitions", database => MakeAsync(database, partitions));

    public static string RoleOf(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Username!;

    private static async Task<byte[]> MakeSqliteAsync()
    {
        var folder = Directory.CreateTempSubdirectory("hatcheck-test-").FullName;
        var options = Options.Create(new DatabaseOptions());
        await using (
            var engine = new SqliteEngine(options, Options.Create(new DataOptions { Folder = folder }), TimeProvider.System)
        )
        {
            await MigrateAsync(engine, options);
        }

        // Its last connection is closed, so all of it is in the one file.
        var bytes = await File.ReadAllBytesAsync(Path.Combine(folder, SqliteEngine.FileName));
        Directory.Delete(folder, recursive: true);
        return bytes;
    }

    private static async Task MakeAsync(PostgresDatabase database, int partitions)
    {
        var options = Options.Create(
            new DatabaseOptions
            {
                Provider = "postgres",
                OwnerConnectionString = $"{database.Owner};Pooling=false",
                AppRole = RoleOf(database.App),
                MaintenanceRole = RoleOf(database.Maintenance),
                ReadOnlyRole = RoleOf(database.ReadOnly),
            }
        );
        await using (var engine = new PostgresEngine(options))
        {
            await MigrateAsync(engine, options);
        }

        if (partitions > 0)
            await PostgresPartitions.SpreadAsync(database.Owner, Spread.Select(table => table.Name), partitions);
    }

    private static Task<int> MigrateAsync(IEngine engine, IOptions<DatabaseOptions> options) =>
        new Migrator(engine, options, TimeProvider.System, Composition.Assemblies).MigrateAsync(null, CancellationToken.None);
}

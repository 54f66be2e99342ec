using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Npgsql;

namespace Hatcheck.ServerKit.Faults;

/// <summary>The test's own PostgreSQL server, which it may stop, kill and fill.</summary>
internal sealed class OnOwnPostgres(PostgresOptions? options = null) : TestedDatabase
{
    public override string Name => "postgres";

    public PostgresServer Server { get; private set; } = null!;

    public PostgresDatabase Database { get; private set; } = null!;

    /// <summary>Starts it, with one node; skips the test if the machine has no PostgreSQL installed.</summary>
    public static async Task<OnOwnPostgres> StartAsync(
        PostgresOptions? options = null,
        params (string Name, string Value)[] settings
    )
    {
        Assert.SkipUnless(PostgresServer.CanStart, PostgresServer.HowToGetIt);
        var database = new OnOwnPostgres(options);
        foreach (var (name, value) in settings)
            database.Settings[name] = value;
        await database.InitializeAsync();
        return database;
    }

    public override async ValueTask InitializeAsync()
    {
        Server = await PostgresServer.StartAsync(options ?? new PostgresOptions { Durable = true });
        Database = await Server.CreateDatabaseAsync();
        Settings["Database:ConnectionString"] = Database.App;
        Settings["Database:MaintenanceConnectionString"] = Database.Maintenance;
        Settings["Database:OwnerConnectionString"] = Database.Owner;
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Server.DisposeAsync();
    }
}

/// <summary>The shared PostgreSQL, with a proxy between it and the node.</summary>
internal sealed class OnProxiedPostgres : TestedDatabase
{
    public override string Name => "postgres";

    public PostgresDatabase Database { get; private set; } = null!;

    public PostgresProxy Proxy { get; private set; } = null!;

    public static async Task<OnProxiedPostgres> StartAsync(params (string Name, string Value)[] settings)
    {
        var database = new OnProxiedPostgres();
        foreach (var (name, value) in settings)
            database.Settings[name] = value;
        await database.InitializeAsync();
        return database;
    }

    public override async ValueTask InitializeAsync()
    {
        Database = await MigratedDatabases.OnAsync(await PostgresServer.SharedAsync(), partitions: 0);
        var app = new NpgsqlConnectionStringBuilder(Database.App);
        Proxy = new PostgresProxy(app.Host!, app.Port);
        (app.Host, app.Port, app.SslMode, app.GssEncryptionMode) = (
            "127.0.0.1",
            Proxy.Port,
            SslMode.Disable,
            GssEncryptionMode.Disable
        );
        Settings["Database:ConnectionString"] = app.ConnectionString;
        Settings["Database:MaintenanceConnectionString"] = Database.Maintenance;
        Settings["Database:OwnerConnectionString"] = Database.Owner;
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Proxy.DisposeAsync();
        await Database.DisposeAsync();
    }
}

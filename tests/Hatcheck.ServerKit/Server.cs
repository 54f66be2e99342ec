using System.Globalization;
using System.Net.Http.Headers;
using Hatcheck.Access;
using Hatcheck.Crypto;
using Hatcheck.Platform;
using Hatcheck.Platform.Audit;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Hatcheck.ServerKit;

/// <summary>
/// A database under test, and its nodes' settings. Each test class runs once on SQLite and once on PostgreSQL.
/// </summary>
public abstract class TestedDatabase : IAsyncLifetime
{
    // Manually, for every class: HATCHECK_TEST_SECOND_KEY=1.
    private static readonly bool everywhere = Environment.GetEnvironmentVariable("HATCHECK_TEST_SECOND_KEY") == "1";

    private readonly List<Node> nodes = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("hatcheck-test-").FullName;

    public abstract string Name { get; }

    /// <summary>Whether users and members get further keys all the time; see <see cref="MoreKeys"/>.</summary>
    public virtual bool HasMoreKeys => everywhere;

    public Dictionary<string, string?> Settings { get; } = new(StringComparer.Ordinal);

    /// <summary>The first node; more come from <see cref="StartNodeAsync"/>.</summary>
    public Node Node => nodes[0];

    public virtual async ValueTask InitializeAsync()
    {
        Settings["Data:Folder"] = Folder;
        Settings["Database:Provider"] = Name;
        Settings["Urls"] = "http://127.0.0.1:0";
        // Tests send many wrong keys from one address; the delay has its own tests.
        Settings.TryAdd("Limits:FreeFailures", "1000");
        await FillAsync();
        await StartNodeAsync();
    }

    /// <summary>Prepares the database before the first node; empty by default.</summary>
    protected virtual Task FillAsync() => Task.CompletedTask;

    /// <summary>Another node on the same database; SQLite takes one process, which may hold several nodes in tests.</summary>
    internal async Task<Node> StartNodeAsync(
        Action<IServiceCollection>? configure = null,
        Action<WebApplication>? also = null,
        IReadOnlyList<Capability>? capabilities = null
    )
    {
        var node = await Node.StartAsync(
            Settings,
            services =>
            {
                if (HasMoreKeys)
                    services.AddSingleton<IStartupFilter, MoreKeys>();
                configure?.Invoke(services);
            },
            also,
            capabilities
        );
        nodes.Add(node);
        return node;
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}

public class OnSqlite : TestedDatabase
{
    public override string Name => "sqlite";

    /// <summary>This build's tables.</summary>
    protected override Task FillAsync() => MigratedDatabases.PutAsync(Folder);
}

public class OnPostgres : TestedDatabase
{
    // Manually, for every class on PostgreSQL: HATCHECK_TEST_PARTITIONS=8, HATCHECK_TEST_TENANT_BINDING=transaction.
    private static readonly string? partitions = Environment.GetEnvironmentVariable("HATCHECK_TEST_PARTITIONS");
    private static readonly string? binding = Environment.GetEnvironmentVariable("HATCHECK_TEST_TENANT_BINDING");

    public override string Name => "postgres";

    public PostgresDatabase Database { get; private set; } = null!;

    /// <summary>The database's server.</summary>
    protected virtual Task<PostgresServer> ServerAsync() => PostgresServer.SharedAsync();

    /// <summary>How many partitions each tenant table has; none by default.</summary>
    protected virtual int Partitions => int.Parse(partitions ?? "0", CultureInfo.InvariantCulture);

    public override async ValueTask InitializeAsync()
    {
        Database = await CreateAsync(await ServerAsync());
        Settings["Database:ConnectionString"] = Database.App;
        Settings["Database:MaintenanceConnectionString"] = Database.Maintenance;
        Settings["Database:OwnerConnectionString"] = Database.Owner;
        Settings["Database:AppRole"] = MigratedDatabases.RoleOf(Database.App);
        Settings["Database:MaintenanceRole"] = MigratedDatabases.RoleOf(Database.Maintenance);
        Settings["Database:ReadOnlyRole"] = MigratedDatabases.RoleOf(Database.ReadOnly);
        if (binding is not null)
            Settings.TryAdd("Database:TenantBinding", binding);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A database with this build's tables, in partitions if the tests ask for it.</summary>
    protected virtual Task<PostgresDatabase> CreateAsync(PostgresServer server) => MigratedDatabases.OnAsync(server, Partitions);

    /// <summary>Partitions every table with tenants' rows, if the tests require it.</summary>
    protected async Task SpreadAsync()
    {
        if (Partitions == 0)
            return;
        await PostgresPartitions.SpreadAsync(Database.Owner, MigratedDatabases.Spread.Select(table => table.Name), Partitions);
    }
}

/// <summary>PostgreSQL with every tenant table in eight partitions by tenant.</summary>
public sealed class OnPartitionedPostgres : OnPostgres
{
    protected override int Partitions => 8;
}

/// <summary>PostgreSQL with the tenant bound by <c>set local</c> in its own transaction.</summary>
public sealed class OnBoundPostgres : OnPostgres
{
    public OnBoundPostgres() => Settings["Database:TenantBinding"] = "transaction";
}

/// <summary>One server process's worth of Hatcheck, in this process, behind a real Kestrel.</summary>
public sealed class Node : IAsyncDisposable
{
    private readonly WebApplication app;

    private Node(WebApplication app, StringWriter log) => (this.app, Log) = (app, log);

    public Uri Address => new(app.Urls.First());

    public IServiceProvider Services => app.Services;

    /// <summary>Everything logged so far, at every level.</summary>
    public StringWriter Log { get; }

    internal static async Task<Node> StartAsync(
        IEnumerable<KeyValuePair<string, string?>> settings,
        Action<IServiceCollection>? configure = null,
        Action<WebApplication>? also = null,
        IReadOnlyList<Capability>? capabilities = null
    )
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { EnvironmentName = "Production", ContentRootPath = AppContext.BaseDirectory }
        );
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.WebHost.UseSetting("urls", builder.Configuration["Urls"]);
        var log = new StringWriter();
        var lines = TextWriter.Synchronized(log);
        var built = Composition.Build(
            builder,
            also,
            services =>
            {
                services.RemoveAll<ILoggerProvider>();
                services.AddSingleton<ILoggerProvider>(provider => new Platform.Telemetry.SafeLoggerProvider(
                    provider.GetRequiredService<TimeProvider>()
                )
                {
                    Output = lines,
                });
                configure?.Invoke(services);
            },
            capabilities
        );
        var node = new Node(built, log);
        // serve never migrates PostgreSQL by itself; the tests' nodes do, like an operator before the start.
        await built.Services.GetRequiredService<Migrator>().MigrateAsync(null, CancellationToken.None);
        await built.Services.GetRequiredService<Startup>().RunAsync(_ => { }, CancellationToken.None);
        await built.StartAsync();
        return node;
    }

    /// <summary>Creates a tenant with a key for everything, and a client that uses it.</summary>
    public async Task<TestTenant> NewTenantAsync(
        bool blindOnly = false,
        int scheme = 1,
        SecretBytes? indexKey = null,
        params string[] scopes
    )
    {
        var tenant = await Services
            .GetRequiredService<Tenants>()
            .AddAsync($"tenant {Guid.NewGuid():N}", blindOnly, scheme, indexKey, CancellationToken.None);
        var made = await NewKeyAsync(tenant.Id, "test", scopes.Length == 0 ? Composition.Permissions.Names : scopes);
        return new TestTenant(tenant.Id, made.Key, made.View.Id, Client(made.Key));
    }

    /// <summary>Creates another key of a tenant.</summary>
    internal async Task<CreatedApiKey> NewKeyAsync(
        Guid tenant,
        string name,
        IReadOnlyList<string> permissions,
        TimeSpan? life = null,
        bool demo = false
    ) =>
        (
            await Services
                .GetRequiredService<ApiKeys>()
                .AddAsync(Grantor.Operator(tenant, Actor.Operator(1000)), name, permissions, life, demo, CancellationToken.None)
        ).OrThrow();

    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient { BaseAddress = Address };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

public sealed record TestTenant(Guid Id, string Key, Guid KeyId, HttpClient Http);

using Hatcheck.Platform;
using Hatcheck.Platform.Storage;
using Hatcheck.ServerKit.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Hatcheck.Tests.Storage;

public sealed class MigrationsOnSqlite : MigrationTests
{
    protected override Task<TestedDatabase> PrepareAsync() => Started(new OnSqlite());
}

public sealed class MigrationsOnPostgres : MigrationTests
{
    protected override Task<TestedDatabase> PrepareAsync() => Started(new OnPostgres());

    private const string Migrating = "from pg_stat_activity where datname = current_database() and usename = 'hatcheck_owner'";

    [Fact]
    public async Task A_migration_waits_for_another_nodes_longer_than_for_a_statement()
    {
        await using var database = await PrepareAsync();
        database.Settings["Database:Timeout"] = "00:00:01";
        await using var other = await database.OpenAsync();
        await other.ExecuteAsync("begin");
        await other.ExecuteAsync("select pg_advisory_xact_lock(1362440218772)");
        var waiting = Migrator(database, extra: 1).MigrateAsync(null, default);
        while (
            await database.ScalarAsync(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'advisory' "
                    + "and now() - query_start > interval '2.5 seconds'"
            )
                is 0L
        )
        {
            waiting.IsCompleted.ShouldBeFalse();
            await Task.Delay(100);
        }

        await other.ExecuteAsync("commit");
        (await waiting).ShouldBe(1);
    }

    [Fact]
    public async Task Serve_never_migrates_and_says_what_to_do()
    {
        await using var database = await PrepareAsync();
        await database.ExecuteAsync("delete from schema_versions");
        await database.ExecuteAsync("drop table usage_log");
        var refused = await Should.ThrowAsync<OperatorException>(() => StartupAsync(database));
        refused.Message.ShouldContain("Run `hatcheck migrate`");
        (await database.ScalarAsync("select to_regclass('public.usage_log') is null")).ShouldBe(true);
    }

    [Fact]
    public async Task Ended_by_the_server_anywhere_it_goes_on_to_the_same_end()
    {
        const string Slow = "select pg_sleep(0.1);";
        await using var whole = await PrepareAsync();
        await Migrator(whole, extra: 4, Slow).MigrateAsync(null, default);
        await using var database = await PrepareAsync();
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var ended = 0;
        var applied = false;
        while (!applied)
        {
            var migrating = Migrator(database, extra: 4, Slow).MigrateAsync(null, default);
            // After five ends it may finish.
            while (
                ended < 5
                && !migrating.IsCompleted
                && await database.ScalarAsync($"select count(*) {Migrating} and wait_event = 'PgSleep'") is 0L
            )
                await Task.Delay(1);
            await Task.Delay(random.Next(0, 120));
            if (ended < 5)
                await database.ExecuteAsync($"select pg_terminate_backend(pid) {Migrating}");
            applied = await migrating.ContinueWith(task => task.IsCompletedSuccessfully, TaskScheduler.Default);
            if (!applied)
                ended++;
        }

        ended.ShouldBeGreaterThan(0);
        TestContext.Current.TestOutputHelper.WriteLine($"ended {ended} times");
        (await DescribeAsync(database)).ShouldBe(await DescribeAsync(whole));
    }
}

/// <summary>The schema is created once, also after interruptions.</summary>
public abstract class MigrationTests
{
    protected abstract Task<TestedDatabase> PrepareAsync();

    [Fact]
    public async Task Eight_nodes_at_once_apply_each_script_once()
    {
        await using var database = await PrepareAsync();
        var applied = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => Migrator(database, extra: 5).MigrateAsync(null, default)))
        );
        applied.Sum().ShouldBe(5);
        await using var behind = await database.OpenAsync();
        (await behind.RowsAsync("select version from schema_versions order by version")).ShouldBe(
            Migrator(database, extra: 5).Scripts.Select(script => $"{script.Version}")
        );
    }

    [Fact]
    public async Task A_newer_schema_that_older_builds_still_fit_is_served_by_them()
    {
        await using var database = await PrepareAsync();
        await Migrator(database, extra: 2).MigrateAsync(null, default);
        await using var older = await database.StartNodeAsync();
        var tenant = await older.NewTenantAsync();
        (await tenant.Http.ResolveAsync("4711")).Created.ShouldBeTrue();
        (await Migrator(database, extra: 0).MigrateAsync(null, default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_newer_schema_that_older_builds_no_longer_fit_is_refused_by_them()
    {
        await using var database = await PrepareAsync();
        var known = Migrator(database, extra: 0).Known;
        await Migrator(database, extra: 2, minCompatible: known + 1).MigrateAsync(null, default);
        var reason =
            $"The database is at schema version {known + 2}, which needs a build with at least version {known + 1}; "
            + $"this one has {known}. Run a newer hatcheck.";
        (await Should.ThrowAsync<OperatorException>(() => database.StartNodeAsync())).Message.ShouldBe(reason);
        (await Should.ThrowAsync<OperatorException>(() => StartupAsync(database))).Message.ShouldBe(reason);
        (await Migrator(database, extra: 0).StateAsync(default)).Refusal(known).ShouldBe(reason);
        // A serving node reports it to its load balancer too.
        ((int)(await database.Node.Client().GetAsync("/health/ready")).StatusCode).ShouldBe(503);
    }

    [Fact]
    public async Task A_newer_build_on_an_older_schema_asks_for_the_migration()
    {
        await using var database = await PrepareAsync();
        var newer = Migrator(database, extra: 1);
        (await newer.StateAsync(default))
            .Refusal(newer.Known)
            .ShouldBe(
                $"The database is at schema version {newer.Known - 1} and this build needs {newer.Known}. Run `hatcheck migrate`."
            );
    }

    [Fact]
    public async Task A_script_that_was_changed_after_it_was_applied_is_noticed()
    {
        await using var database = await PrepareAsync();
        await database.ExecuteAsync("update schema_versions set checksum = 'other' where version = 1");
        (
            await Should.ThrowAsync<OperatorException>(() => Migrator(database, extra: 1).MigrateAsync(null, default))
        ).Message.ShouldContain("Script 1 was applied");
        (await Should.ThrowAsync<OperatorException>(() => StartupAsync(database))).Message.ShouldContain("Script 1 was applied");
    }

    [Fact]
    public async Task A_script_that_fails_leaves_the_version_before_it()
    {
        await using var database = await PrepareAsync();
        var before = await DescribeAsync(database);
        await Should.ThrowAsync<System.Data.Common.DbException>(() =>
            Migrator(database, extra: 1, "select no_such_column from nowhere;").MigrateAsync(null, default)
        );
        (await DescribeAsync(database)).ShouldBe(before);
    }

    internal static Migrator Migrator(TestedDatabase database, int extra, string between = "", int minCompatible = 1)
    {
        var services = database.Node.Services;
        var timeout = database.Settings.TryGetValue("Database:Timeout", out var text)
            ? TimeSpan.Parse(text!)
            : TimeSpan.FromSeconds(20);
        var given = services.GetRequiredService<IOptions<DatabaseOptions>>().Value;
        var options = Options.Create(
            new DatabaseOptions
            {
                Provider = given.Provider,
                ConnectionString = given.ConnectionString,
                OwnerConnectionString = given.OwnerConnectionString,
                Timeout = timeout,
            }
        );
        // An engine of its own, as another process has.
        IEngine engine =
            given.Provider == "sqlite"
                ? new SqliteEngine(options, services.GetRequiredService<IOptions<DataOptions>>(), TimeProvider.System)
                : new PostgresEngine(options);
        var migrator = new Migrator(engine, options, TimeProvider.System, Composition.Assemblies);
        var more = Enumerable
            .Range(migrator.Known + 1, extra)
            .Select(version => new Migration(
                version,
                $"extra_{version}",
                minCompatible,
                $"create table extra_{version}_a (id integer primary key); {between} create table extra_{version}_b (id "
                    + "integer primary key);"
            ));
        return new Migrator(engine, options, TimeProvider.System, Composition.Assemblies)
        {
            Scripts = [.. migrator.Scripts, .. more],
        };
    }

    protected static Task StartupAsync(TestedDatabase database) =>
        database.Node.Services.GetRequiredService<Startup>().RunAsync(_ => { }, default);

    /// <summary>Everything that the scripts created, as text.</summary>
    internal static async Task<string> DescribeAsync(TestedDatabase database)
    {
        await using var connection = await database.OpenAsync();
        var rows =
            database.Name == "sqlite"
                ? await connection.RowsAsync("select name, sql from sqlite_master order by name")
                : await connection.RowsAsync(
                    "select c.relname, c.relkind, a.attname, a.atttypid::regtype, a.attnotnull, c.relacl::text, "
                        + "c.relrowsecurity from pg_class c join pg_namespace n on n.oid = c.relnamespace "
                        + "join pg_attribute a on a.attrelid = c.oid where n.nspname in ('public', 'keys') and a.attnum > 0 "
                        + "order by 1, a.attnum"
                );
        rows.AddRange(
            await connection.RowsAsync("select version, min_compatible, name, checksum from schema_versions order by version")
        );
        return string.Join('\n', rows);
    }

    protected static async Task<TestedDatabase> Started(TestedDatabase database)
    {
        await database.InitializeAsync();
        return database;
    }
}

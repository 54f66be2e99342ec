using Hatcheck.ServerKit.Faults;
using Hatcheck.ServerKit.Storage;
using Hatcheck.TestKit;

namespace Hatcheck.Tests.Faults;

/// <summary>Real processes of <c>hatcheck serve</c>, killed with SIGKILL at work.</summary>
public sealed class KilledNodeTests
{
    [Fact]
    public async Task A_killed_node_on_SQLite_loses_nothing_that_it_acknowledged()
    {
        await using var database = new OnSqlite();
        await database.InitializeAsync();
        var tenant = await database.Node.NewTenantAsync();
        // The process owns the file from here on.
        await database.Node.DisposeAsync();
        await using var serve = new ServeProcess(database.Settings);
        await serve.StartAsync();
        await JudgeAsync(tenant, [serve]);
    }

    [Fact]
    public async Task Of_two_nodes_on_PostgreSQL_either_may_be_killed_at_work()
    {
        await using var database = new OnPostgres();
        await database.InitializeAsync();
        var tenant = await database.Node.NewTenantAsync();
        await using var one = new ServeProcess(database.Settings);
        await using var other = new ServeProcess(database.Settings);
        one.Begin();
        await other.StartAsync();
        await one.ReadyAsync();
        await JudgeAsync(tenant, [one, other]);
    }

    [Fact]
    public async Task A_first_start_killed_in_its_migration_is_made_good_by_the_next()
    {
        await using var whole = new OnSqlite();
        await whole.InitializeAsync();
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("hatcheck-kill-").FullName;
        try
        {
            await using var serve = new ServeProcess(
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["Data:Folder"] = folder,
                    ["Database:Provider"] = "sqlite",
                }
            );
            for (var round = 0; round < FaultRounds.Count; round++)
            {
                serve.Begin();
                // Logged just before the script runs; in later rounds it may have finished already.
                while (!serve.Said.Contains("Schema: applying 1", StringComparison.Ordinal))
                    await Task.Delay(1);
                await Task.Delay(random.Next(0, 25));
                await serve.KillAsync();
            }

            await serve.StartAsync();
            await serve.KillAsync();
            await using var left = new Microsoft.Data.Sqlite.SqliteConnection(
                $"Data Source={Path.Combine(folder, "hatcheck.db")};Pooling=false"
            );
            await left.OpenAsync();
            await using var right = await whole.OpenAsync();
            foreach (
                var query in new[]
                {
                    "select name, sql from sqlite_master order by name",
                    "select version, checksum from schema_versions",
                    "select count(*) from kek_check",
                    "pragma integrity_check",
                }
            )
                (await left.RowsAsync(query)).ShouldBe(await right.RowsAsync(query));
            (await left.ScalarAsync("select count(*) from tenants")).ShouldBe(1L);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task JudgeAsync(TestTenant tenant, IReadOnlyList<ServeProcess> nodes)
    {
        var ledger = new Ledger([.. nodes.Select(node => node.Client(tenant.Key))]);
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await ledger.WriteDuringAsync(async () =>
        {
            for (var round = 0; round < FaultRounds.Count; round++)
            {
                await ledger.WaitForAsync(random.Next(20, 150));
                var killed = nodes[random.Next(nodes.Count)];
                await killed.KillAsync();
                await killed.StartAsync();
            }
        });
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"seed {seed}: {ledger.Acknowledged} acknowledged, {ledger.Refusals} refused"
        );
        await ledger.JudgeAsync(nodes[0].Client(tenant.Key));
    }
}

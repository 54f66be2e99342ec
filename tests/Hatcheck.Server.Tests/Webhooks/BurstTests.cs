using System.Diagnostics;
using System.Globalization;
using Hatcheck.Server.Tests.Faults;
using Hatcheck.Server.Tests.Support;

namespace Hatcheck.Server.Tests.Webhooks;

/// <summary>
/// A burst of deliveries against real processes of <c>hatcheck serve</c>, ended by SIGKILL at a printed seed. The long form is the same with
/// <c>HATCHECK_BURST</c> set (bench/webhooks.sh): that many deliveries, on a PostgreSQL that really writes.
/// </summary>
public sealed class BurstTests
{
    private const int Senders = 100;
    private static readonly int? Long = int.TryParse(Environment.GetEnvironmentVariable("HATCHECK_BURST"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    [Fact]
    public async Task Of_a_burst_nothing_is_lost_or_doubled_on_SQLite_though_the_node_is_killed()
    {
        await using var database = new OnSqlite();
        await database.InitializeAsync();
        await RunAsync(database, nodeCount: 1, Long ?? 3000, kills: 3);
    }

    [Fact]
    public async Task Of_a_burst_nothing_is_lost_or_doubled_on_PostgreSQL_though_one_of_two_nodes_is_killed()
    {
        await using TestedDatabase database = Long is null ? new OnPostgres() : new OnOwnPostgres();
        await database.InitializeAsync();
        await RunAsync(database, nodeCount: 2, Long ?? 3000, kills: 4);
    }

    [Fact]
    public async Task The_judge_notices_repeats_that_nobody_knows_again()
    {
        await using var database = new OnSqlite();
        await database.InitializeAsync();
        var found = await Record.ExceptionAsync(() => RunAsync(database, nodeCount: 1, 400, kills: 0, knownRepeats: false));
        found.ShouldNotBeNull().Message.ShouldContain("events taken");
    }

    private static async Task RunAsync(TestedDatabase database, int nodeCount, int deliveries, int kills, bool knownRepeats = true)
    {
        var tenant = await database.Node.NewTenantAsync();
        // From here on the data belongs to the processes.
        await database.Node.DisposeAsync();
        var settings = new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
        {
            ["Webhooks:Clerk:0:Name"] = InboxLook.Mine,
            ["Webhooks:Clerk:0:Tenant"] = tenant.Id.ToString(),
            ["Webhooks:Clerk:0:Secrets:0"] = ClerkSender.Secret,
            ["Inbox:Lease"] = "00:00:05",
        };
        var nodes = Enumerable.Range(0, nodeCount).Select(_ => new ServeProcess(settings)).ToList();
        try
        {
            foreach (var node in nodes) node.Begin();
            foreach (var node in nodes) await node.ReadyAsync();
            var seed = Random.Shared.Next();
            TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
            await BurstAsync(database, tenant, nodes, new Burst([.. nodes.Select(node => node.Client())], deliveries, seed, knownRepeats), new Random(seed), kills);
        }
        finally
        {
            foreach (var node in nodes) await node.DisposeAsync();
        }
    }

    private static async Task BurstAsync(TestedDatabase database, TestTenant tenant, List<ServeProcess> nodes, Burst burst, Random random, int kills)
    {
        var clock = Stopwatch.StartNew();
        await burst.SendDuringAsync(
            Senders,
            async () =>
            {
                for (var kill = 0; kill < kills - 1; kill++)
                {
                    await burst.ReachAsync((kill + random.NextDouble()) / kills);
                    await KillAsync(nodes[random.Next(nodes.Count)]);
                }
            });
        // The last one while what is left is worked.
        if (kills > 0) await KillAsync(nodes[random.Next(nodes.Count)]);
        await database.DrainedAsync(tenant.Id, seconds: 900);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{database.Name}: {burst.Acknowledged} deliveries of {burst.Events} events acknowledged in {burst.Took.TotalSeconds:F1} s ({burst.Acknowledged / burst.Took.TotalSeconds:F0}/s), worked after {clock.Elapsed.TotalSeconds:F1} s ({burst.Events / clock.Elapsed.TotalSeconds:F0}/s), {kills} kills, {burst.Refusals} refused"));
        using var api = nodes[0].Client(tenant.Key);
        await burst.JudgeAsync(database, tenant, api);
    }

    private static async Task KillAsync(ServeProcess node)
    {
        await node.KillAsync();
        await node.StartAsync();
    }
}
